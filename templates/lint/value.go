package lint

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

var (
	sixDigits = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	anyHex    = regexp.MustCompile(`^#[0-9a-fA-F]*$`)
	length    = regexp.MustCompile(`^[-+]?(\d+\.?\d*|\.\d+)([a-zA-Z%]*)$`)
	units     = regexp.MustCompile(`^(px|%|em|ex|pt|pc|in|cm|mm|q|vw|vh|s|ms|deg|ch|rem)$`)
)

// names are the colours by name that templates may use, and those that are none.
var names = map[string]string{
	"black": "#000000", "white": "#ffffff", "gray": "#808080", "grey": "#808080", "silver": "#c0c0c0",
	"red": "#ff0000", "maroon": "#800000", "navy": "#000080", "blue": "#0000ff", "green": "#008000",
}

// colourIn gives the colour in a value as #rrggbb: the first word that is one.
func colourIn(value string) (string, bool) {
	for _, word := range strings.Fields(strings.ToLower(value)) {
		if sixDigits.MatchString(word) {
			return word, true
		}
		if len(word) == 4 && anyHex.MatchString(word) {
			return "#" + strings.Repeat(word[1:2], 2) + strings.Repeat(word[2:3], 2) + strings.Repeat(word[3:], 2), true
		}
		if named, ok := names[word]; ok {
			return named, true
		}
	}
	return "", false
}

// lengthOf are the properties whose numbers need a unit.
var lengthOf = regexp.MustCompile(`^(margin|padding|width|height|max-width|min-width|max-height|font-size|` +
	`letter-spacing|text-indent|border-radius|border|(margin|padding|border)-(top|right|bottom|left)|border-width)$`)

// wrong says what is wrong with the value of a declaration, "" for nothing.
func (d declaration) wrong() (problem, hint string) {
	switch {
	case !strings.Contains(d.raw, ":") || d.property == "":
		return "is no declaration", `one is "property:value"`
	case d.value == "":
		return "has no value", ""
	case strings.Count(d.value, "(") != strings.Count(d.value, ")"):
		return "has a parenthesis that is not closed", ""
	}
	for _, word := range strings.Fields(d.value) {
		if anyHex.MatchString(word) && !sixDigits.MatchString(word) {
			return "has a colour that is not of six hexadecimal digits", "write it as #rrggbb: old mail programs read no other"
		}
		m := length.FindStringSubmatch(word)
		if m == nil || !lengthOf.MatchString(d.property) {
			continue
		}
		if n, _ := strconv.ParseFloat(m[1], 64); m[2] == "" && n != 0 {
			return "has a length without its unit", "such as " + word + "px"
		}
		if m[2] != "" && !units.MatchString(strings.ToLower(m[2])) {
			return "has a length in " + m[2] + ", which is no unit of CSS", ""
		}
	}
	return "", ""
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
