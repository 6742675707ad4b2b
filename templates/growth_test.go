package templates

import (
	"strings"
	"testing"

	"golang.org/x/text/language"

	"vesper/digest/growth"
)

func TestTwiceTheWordsAreNoMoreThanTwiceTheWork(t *testing.T) {
	again := func(before, part, after string) func(int) string {
		return func(n int) string { return before + strings.Repeat(part, n) + after }
	}
	growth.Check(t, 3000, map[string]func(int) string{
		"keys":          again("{", `"edition":{},`, `"edition":{}}`),
		"unknown words": again("{", `"x":"y",`, `"x":"y"}`),
		"values":        again(`{"edition":{"stories":{"other":"`, "{n}", `"}}}`),
		"open values":   again(`{"edition":{"stories":{"other":"`, "{", `"}}}`),
		"depth":         again("", `{"edition":`, ""),
		"lines":         again("{", "\n", "}"),
		"no JSON":       again("", "x", ""),
	}, func(text string) { _, _ = readWords(language.English, layer{"words/en.json", text, true}) })
}
