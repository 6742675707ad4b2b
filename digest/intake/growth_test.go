package intake

import (
	"strings"
	"testing"

	"vesper/digest/growth"
)

func TestTwiceTheStoryIsNoMoreThanTwiceTheWork(t *testing.T) {
	after := func(mark, part string) func(int) string {
		before, rest, _ := strings.Cut(small, mark)
		return func(n int) string { return before + mark + strings.Repeat(part, n) + rest }
	}
	again := func(part string) func(int) string {
		return func(n int) string { return strings.Repeat(part, n) }
	}
	growth.Check(t, 3000, map[string]func(int) string{
		"keys":                  again("Section: A\n"),
		"unknown keys":          again("A: b\n"),
		"backslashes":           again(`\ `),
		"byte-order marks":      again("\ufeff"),
		"no line":               again("\r\r\n"),
		"no UTF-8":              again("\xff"),
		"control characters":    after("Quiet Day", "\x00"),
		"a long headline":       after("Quiet Day", " word"),
		"a long place":          after(`Lissome `, `Ida \ `),
		"a long summary":        after("The ferry is back.", " It sails."),
		"Quick Looks":           after("Quick Looks\n", "- The ferry sails.\n"),
		"a long Quick Look":     after("- The ferry", " ferry"),
		"bullets":               after("Quick Looks\n", "• • "),
		"quotation marks":       after("Quick Looks\n", "- “\n"),
		"paragraphs":            after("Deep Look\n", "It came back.\n"),
		"headings":              after("Deep Look\n", "A Long Wait\n"),
		"a long paragraph":      after("Deep Look\n", "It came back. "),
		"spaces":                after("Deep Look\n", "\u00a0 \t"),
		"Deep Looks":            after("Deep Look\n", "Deep Look\n"),
		"combining characters":  after("Deep Look\n", "e\u0301"),
		"entities":              after("Quick Looks\n", "- &amp;lt;\n"),
		"ampersands":            after("The ferry is back.", "&"),
		"semicolons":            after("The ferry is back. &", ";"),
		"escaped many times":    after("The ferry is back. &", "amp;"),
		"bars":                  again("A | "),
		"dashes":                again("A — "),
		"stars":                 after("Quick Looks\n", "* One.\n"),
		"Windows-1252":          after("for a year.\n", "caf\xe9 noir\n"),
		"German reply forms":    after("for a year.\n", "Melde dich an, um zu kommentieren\n"),
		"a reply form":          after("for a year.\n", "Log in to leave a comment\n"),
		"lines after the story": after("for a year.\n", "\n \n"),
	}, func(text string) {
		_, _ = ParseHouse("a.txt", strings.NewReader(text), zone)
		_, _, _ = post.Parse("a.txt", strings.NewReader(text))
	})
}
