package lint

import (
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
func (d declaration) wrong(inEmail bool) (problem, hint string) {
	switch {
	case !strings.Contains(d.raw, ":") || d.property == "":
		return "is no declaration", `one is "property:value"`
	case d.value == "":
		return "has no value", `write one, or leave out "` + d.property + `"`
	case strings.Count(d.value, "(") != strings.Count(d.value, ")"):
		return "has a parenthesis that is not closed", "close it before the semicolon"
	}
	for _, word := range strings.Fields(d.value) {
		if inEmail && anyHex.MatchString(word) && !sixDigits.MatchString(word) {
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
			return "has a length in " + m[2] + ", which is no unit of CSS", "such as " + m[1] + "px"
		}
	}
	return "", ""
}
