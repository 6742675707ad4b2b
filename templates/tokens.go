package templates

import (
	"cmp"
	"net/url"
	"path"
	"slices"
	"strings"
)

// tokens is the design: all colours and type sizes that a reader sees. In a template
// "@ink" stands for the value of "ink". Names that end in "-dark" are for dark paper.
//
// Font names have no quotes, since html/template escapes quotes in a style
// attribute.
func tokens(o Options) map[string]string {
	light, dark := o.colours()
	mark := wordmarks[cmp.Or(o.Wordmark, "serif")]
	all := map[string]string{
		"paper": light.paper, "paper-dark": dark.paper,
		"ink": light.ink, "ink-dark": dark.ink,
		"muted": light.muted, "muted-dark": dark.muted,
		"accent": light.accent, "accent-dark": dark.accent,
		"line": light.line, "line-dark": dark.line,
		"edge": light.edge, "edge-dark": dark.edge,
		"bullet": light.bullet, "bullet-dark": dark.bullet,
		// The accent as it stands in a data URL, where # begins a fragment.
		"accent-url": url.PathEscape(light.accent),
		"wash":       light.wash, "wash-dark": dark.wash,

		"serif": serif,
		"sans":  o.ready().sans,

		// How the publication's name is set, but for its size.
		"wordmark-style": mark.style, "wordmark-font": mark.font, "wordmark-spacing": mark.spacing,

		// Size and line height by role. The phone sizes are for screens of up to 480 px.
		"opening": "18px/28px", "opening-phone": "17px/27px",
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
	o.ready().addTo(all)
	return all
}

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
