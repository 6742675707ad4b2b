package mailbox

import (
	"strings"
	"testing"

	"vesper/digest/growth"
)

func TestTwiceTheMessageIsNoMoreThanTwiceTheWork(t *testing.T) {
	again := func(before, part, after string) func(int) string {
		return func(n int) string { return before + strings.Repeat(part, n) + after }
	}
	const mixed = "Content-Type: multipart/mixed; boundary=a\r\n\r\n"
	growth.Check(t, 3000, map[string]func(int) string{
		"fields":           again("", "A: b\r\n", "\r\nText\r\n"),
		"a folded field":   again("Subject: a\r\n", " b\r\n", "\r\nText\r\n"),
		"encoded words":    again("Subject: ", "=?utf-8?q?=C3=BC?= ", "\r\n\r\nText\r\n"),
		"addresses":        again("From: ", "a@x.example, ", "b@x.example\r\n\r\nText\r\n"),
		"brackets":         again("From: ", "<", "\r\n\r\nText\r\n"),
		"parts":            again(mixed, "--a\r\n\r\nText\r\n", "--a--\r\n"),
		"boundaries":       again(mixed, "--a\r\n", ""),
		"hyphens":          again(mixed, "--", "\r\n--a--\r\n"),
		"lines":            again("Subject: x\r\n\r\n", "\r\n", "Text\r\n"),
		"blanks":           again("Subject: x\r\n\r\n", "\u200b \u00a0", "Text\r\n"),
		"quoted-printable": again("Content-Transfer-Encoding: quoted-printable\r\n\r\n", "=C3=BC=\r\n", "\r\n"),
		"base64":           again("Content-Transfer-Encoding: base64\r\n\r\n", "====\r\n", "\r\n"),
	}, func(text string) {
		p := readParts([]byte(text))
		_, _, _ = p.snippet(), subject([]byte(text)), rawHeader([]byte(text))
	})
}

func TestTwiceTheHTMLIsNoMoreThanTwiceTheWork(t *testing.T) {
	again := func(before, part, after string) func(int) string {
		return func(n int) string { return before + strings.Repeat(part, n) + after }
	}
	growth.Check(t, 3000, map[string]func(int) string{
		"elements":        again("", "<p>", ""),
		"frames":          again("", "<iframe src=x>", ""),
		"links":           again("<head>", "<link rel=preconnect>", "</head>"),
		"open styles":     again("", "<style>", ""),
		"rules":           again("<style>", "@media (prefers-color-scheme:dark){a{}}", "</style>"),
		"open rules":      again("<style>", "@media (prefers-color-scheme:dark){", "</style>"),
		"colour schemes":  again("<style>", ":root{color-scheme:light dark}", "</style>"),
		"comments":        again("", "<!-- ", ""),
		"a style comment": again("<style>/*", " /*", ""),
		"attributes":      again("<p ", "a=b ", ">"),
		"quotation marks": again("<style>", `'"`, ""),
		"open elements":   again("", "<", ""),
	}, func(text string) {
		_, _, _ = framed(text, "dark"), framed(text, "light"), framed(text, "system")
	})
}
