package mailbox

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPartsAreFoundWhereverTheyStand(t *testing.T) {
	nested := "--a\nContent-Type: multipart/alternative; boundary=b\n\n" +
		"--b\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\nR29vZCBldmVuaW5n\n" +
		"--b\nContent-Type: text/html; charset=utf-8\n\n<p>Hi</p>\n--b--\n--a\nContent-Type: text/plain\n\nsecond\n--a--\n"
	for name, row := range map[string]struct{ in, text, html, subject string }{
		"plain":            {"Subject: =?utf-8?q?=C3=9C?=\n\nhello", "hello", "", "Ü"},
		"nested":           {"Subject: s\nContent-Type: multipart/mixed; boundary=a\n\n" + nested, "Good evening", "<p>Hi</p>", "s"},
		"html alone":       {"Content-Type: text/html\n\n<b>", "", "<b>", ""},
		"unknown charset":  {"Content-Type: text/plain; charset=x-none\n\na\xffb", "a\uFFFDb", "", ""},
		"unknown encoding": {"Content-Type: text/plain\nContent-Transfer-Encoding: x-none\n\nabc", "abc", "", ""},
		"broken subject":   {"Subject: =?x-none?q?a?=\n\n", "", "", "=?x-none?q?a?="},
		"broken type":      {"Content-Type: ;;;\n\nabc", "abc", "", ""},
		"no boundary":      {"Content-Type: multipart/mixed\n\nabc", "", "", ""},
		"cut off":          {"Content-Type: multipart/mixed; boundary=a\n\n--a\n\nabc", "abc", "", ""},
		"nothing":          {"", "", "", ""},
	} {
		p := readParts([]byte(row.in))
		if strings.TrimSpace(p.Text) != row.text || strings.TrimSpace(p.HTML) != row.html || p.Subject != row.subject {
			t.Errorf("%s: got %+v", name, p)
		}
	}
}

func TestTheBaseDoesNotDisturbTheDocument(t *testing.T) {
	const base = `<base target="_blank">`
	for in, want := range map[string]string{
		"<!doctype html><HTML><HEAD><title>": "<!doctype html><HTML><HEAD>" + base + "<title>",
		"<!DOCTYPE html><header>x":           "<!DOCTYPE html>" + base + "<header>x",
		"<p>x":                               base + "<p>x",
		"":                                   base,
	} {
		if got := framed(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzMessage(f *testing.F) {
	for _, s := range []string{
		"", "Subject: x\r\n\r\nhello\r\n", "Content-Type: text/html\r\n\r\n<b>", "\r\n\r\n", ": \r\n",
		"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n--a--",
		"Content-Type: text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: base64\r\n\r\n====", "Subject: =?utf-8?b?w?=\r\n\r\n",
		"Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n--\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		p := readParts(in)
		if p.Subject != subject(in) {
			t.Errorf("two subjects: %q and %q", p.Subject, subject(in))
		}
		for _, s := range []string{p.Subject, p.Text, p.HTML} {
			if !utf8.ValidString(s) || len(s) > 3*MaxSize {
				t.Errorf("not text: %q", s)
			}
		}
		if got := framed(p.HTML); !strings.Contains(got, `<base target="_blank">`) {
			t.Errorf("%q opens links in the frame", got)
		}
	})
}
