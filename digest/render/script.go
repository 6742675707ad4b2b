package render

import (
	"strings"
	"unicode"

	"golang.org/x/text/language"
)

// unknown is the language of a text of which only the script is known (BCP 47).
const unknown = "und"

// scripts are what headlines are written in, each with its code (ISO 15924), the codes
// that have it among others, and the language that alone is written in it. There is none
// for scripts of many languages.
var scripts = []struct {
	table             *unicode.RangeTable
	codes, suggestion string
}{
	{unicode.Latin, "Latn", ""},
	{unicode.Cyrillic, "Cyrl", ""},
	{unicode.Arabic, "Arab", ""},
	{unicode.Devanagari, "Deva", ""},
	{unicode.Hiragana, "Hira Jpan", "ja"},
	{unicode.Katakana, "Kana Jpan", "ja"},
	{unicode.Han, "Hani Hans Hant Jpan Kore", "zh"},
	{unicode.Hangul, "Hang Kore", "ko"},
	{unicode.Hebrew, "Hebr", "he"},
	{unicode.Greek, "Grek", "el"},
	{unicode.Thai, "Thai", "th"},
	{unicode.Armenian, "Armn", "hy"},
	{unicode.Georgian, "Geor", "ka"},
	{unicode.Tamil, "Taml", "ta"},
	{unicode.Telugu, "Telu", "te"},
	{unicode.Khmer, "Khmr", "km"},
	{unicode.Lao, "Laoo", "lo"},
	{unicode.Myanmar, "Mymr", "my"},
}

// suggested gives the language of a text without one in an edition in the language home:
// "" if most of its letters may be home's, else the one that its script suggests.
func suggested(text, home string) string {
	counts := make([]int, len(scripts))
	most := -1
	for _, r := range text {
		for i, s := range scripts {
			if unicode.Is(s.table, r) {
				if counts[i]++; most < 0 || counts[i] > counts[most] {
					most = i
				}
				break
			}
		}
	}
	if most < 0 {
		return ""
	}
	code, _ := language.Make(home).Script()
	if strings.Contains(scripts[most].codes, code.String()) {
		return ""
	}
	if s := scripts[most].suggestion; s == "zh" && counts[4]+counts[5] > 0 {
		return "ja"
	} else if s != "" {
		return s
	}
	return unknown
}
