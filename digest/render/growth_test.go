package render

import (
	"strings"
	"testing"

	"vesper/digest/growth"
)

func TestTwiceTheSentencesAreNoMoreThanTwiceTheWork(t *testing.T) {
	again := func(part string) func(int) string {
		return func(n int) string { return strings.Repeat(part, n) }
	}
	growth.Check(t, 3000, map[string]func(int) string{
		"abbreviations":   again("U.S. "),
		"one word":        again("a"),
		"initials":        again("A. "),
		"full stops":      again("."),
		"quotation marks": again("“"),
		"brackets":        again("("),
		"blanks":          again(" \u00a0\n"),
		"no letters":      again("\x00\u202e"),
		"no UTF-8":        again("\xff"),
		"characters":      again("字。"),
		"marks":           again("e\u0301"),
	}, func(text string) {
		for _, language := range []string{"en", "de", "fr", "ja"} {
			_ = firstSentence(text, language)
		}
		_, _ = line(text), cut(text, 100)
	})
}
