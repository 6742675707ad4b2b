package templates

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// tokens is the design: all colours and type sizes that a reader sees. In a template
// "@ink" stands for the value of "ink". Names that end in "-dark" are for dark paper.
//
// Font names have no quotes, since html/template escapes quotes in a style
// attribute. Text has a contrast of at least 4.5 to its paper, in ink and muted of
// 7, and the edges of controls one of 3 (WCAG 1.4.3, 1.4.6, 1.4.11). "line" is only
// decoration.
func tokens(o Options) map[string]string {
	accent := cmp.Or(strings.ToLower(o.Accent), "#37409c")
	return map[string]string{
		"paper": paper, "paper-dark": paperDark,
		"ink": "#1b1d22", "ink-dark": "#eceef2",
		"muted": "#525863", "muted-dark": "#a6adb9",
		"accent":      accent,
		"accent-dark": cmp.Or(strings.ToLower(o.AccentDark), "#b1b8ff"),
		"line":        "#d9dce1", "line-dark": "#30353e",
		"edge": "#858c98", "edge-dark": "#7d8592",
		"bullet": "#636b9f", "bullet-dark": "#8d94d6",
		// The accent as it stands in a data URL, where # begins a fragment.
		"accent-url": url.PathEscape(accent),
		"wash":       "#f4f5f8", "wash-dark": "#1e2128",

		"serif": "Georgia,serif",
		"sans":  "-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif",

		// Size and line height by role. The phone sizes are for screens of up to 480 px.
		"wordmark": "40px/46px", "wordmark-phone": "34px/40px",
		"lead": "31px/38px", "lead-phone": "26px/32px",
		"opening": "18px/28px", "opening-phone": "17px/27px",
		"story":    "22px/28px",
		"brief":    "17px/24px",
		"text":     "17px/27px",
		"contents": "16px/22px",
		"look":     "16px/25px",
		"note":     "15px/23px",
		"number":   "15px/20px",
		"label":    "14px/20px",
		"footer":   "14px/22px",
		"small":    "14px/22px",
		"button":   "17px/24px",

		// For styles that set only the size and the line height, and inherit the font.
		"label-size": "14px", "label-line": "20px",
		"small-size": "14px", "small-line": "22px",
		"link-size": "16px",
	}
}

const (
	paper, paperDark = "#ffffff", "#15171c"
	// enough is the contrast that text needs to its paper (WCAG 1.4.3).
	enough = 4.5
)

var colourForm = regexp.MustCompile(`^#[0-9a-f]{6}$`)

const (
	small = "abcdefghijklmnopqrstuvwxyz"
	// notBefore a token's @ stands what stands before that of an address.
	notBefore = small + "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.%+-"
)

// atRules are CSS's own words that start with an @.
var atRules = []string{
	"media", "supports", "import", "charset", "namespace", "font-face", "page", "keyframes", "layer", "container",
	"property", "counter-style",
}

// Expand replaces the tokens by their values, in a page of this name that need not be among
// the templates. Only HTML has tokens.
func (s *Set) Expand(name, source string) (string, error) {
	if path.Ext(name) != ".html" {
		return source, nil
	}
	var out strings.Builder
	var unknown error
	rest := source
	for {
		before, after, found := strings.Cut(rest, "@")
		out.WriteString(before)
		if !found {
			return out.String(), unknown
		}
		at := len(source) - len(after) - 1
		rest = strings.TrimLeft(after, small+"-")
		token := after[:len(after)-len(rest)]
		value, ok := s.tokens[token]
		switch {
		case token == "" || token[0] == '-' || at > 0 && strings.IndexByte(notBefore, source[at-1]) >= 0:
			ok = false
		case !ok && unknown == nil && !slices.Contains(atRules, token):
			unknown = &Error{
				File: name, Line: lineAt(source, int64(at)),
				Problem: "there is no design token @" + token,
				Hint:    "write a colour or a size itself, or one of the tokens of the built-in templates",
			}
		}
		if !ok {
			value = "@" + token
		}
		out.WriteString(value)
	}
}

// CheckAccent says why an accent can't be used: it is no colour like #37409c, or text
// in it can't be read on its paper. Buttons, links and labels have this colour. An
// empty accent is ours, which can be used.
func CheckAccent(light, dark string) error {
	for _, c := range []struct{ key, colour, paper string }{
		{"accent", light, paper},
		{"accent_dark", dark, paperDark},
	} {
		if c.colour == "" {
			continue
		}
		if !colourForm.MatchString(strings.ToLower(c.colour)) {
			return fmt.Errorf("%s %q is not a colour of six hexadecimal digits, like #37409c", c.key, c.colour)
		}
		if ratio := contrast(strings.ToLower(c.colour), c.paper); ratio < enough {
			return fmt.Errorf("%s %s has a contrast of %.2f on its background %s: text needs %.1f",
				c.key, c.colour, math.Floor(ratio*100)/100, c.paper, enough)
		}
	}
	return nil
}

// contrast is the contrast ratio of two colours (WCAG 2, contrast ratio).
func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(colour string) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, _ := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
