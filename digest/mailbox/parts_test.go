package mailbox

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPartsAreFoundWhereverTheyStand(t *testing.T) {
	nested := "--a\nContent-Type: multipart/alternative; boundary=b\n\n" +
		"--b\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\nR29vZCBldmVuaW5n\n" +
		"--b\nContent-Type: text/html; charset=utf-8\n\n<p>Hi</p>\n--b--\n" +
		"--a\nContent-Type: text/plain\n\nsecond\n--a--\n"
	for name, row := range map[string]struct{ in, text, html, subject string }{
		"plain": {"Subject: =?utf-8?q?=C3=9C?=\n\nhello", "hello", "", "Ü"},
		"nested": {
			"Subject: s\nContent-Type: multipart/mixed; boundary=a\n\n" + nested, "Good evening", "<p>Hi</p>", "s",
		},
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

func TestTheListGetsTheSenderAndHowTheTextBegins(t *testing.T) {
	for name, row := range map[string]struct{ in, sender, address, snippet string }{
		"usual": {
			"From: Ada <ada@reader.example>\n\nGood evening\nhttps://a.example/\nall", "Ada", "ada@reader.example",
			"Good evening all",
		},
		"encoded":      {"From: =?utf-8?q?=C3=9C?= <u@reader.example>\n\n", "Ü", "u@reader.example", ""},
		"first of two": {"From: a@reader.example, B <b@reader.example>\n\nx", "", "a@reader.example", "x"},
		"none":         {"Subject: s\n\n", "", "", ""},
		"broken":       {"From: <<>\n\n", "", "", ""},
		"rules first":  {"\n\n-----\n \u200c\u00ad \n\n  2\t routes\r\nmore", "", "", "2 routes more"},
		"long":         {"\n" + strings.Repeat("ü", 200), "", "", strings.Repeat("ü", snippetSize/2)},
	} {
		p := readParts([]byte(row.in))
		if p.Sender != row.sender || p.Address != row.address || p.snippet() != row.snippet {
			t.Errorf("%s: got %q <%s> %q, want %+v", name, p.Sender, p.Address, p.snippet(), row)
		}
	}
}

func TestTheRawHeaderIsAllBeforeTheText(t *testing.T) {
	for in, want := range map[string]string{
		"A: b\r\nC: d\r\n\r\nE: f\r\n\r\n": "A: b\r\nC: d\r\n", "A: b\n\nC: d": "A: b\n", "\r\nA: b\r\n\r\n": "",
		"A: b": "A: b", "": "",
	} {
		if got := rawHeader([]byte(in)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzMessage(f *testing.F) {
	for _, s := range []string{
		"", "Subject: x\r\n\r\nhello\r\n", "Content-Type: text/html\r\n\r\n<b>", "\r\n\r\n", ": \r\n",
		"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n" +
			"--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n--a--",
		"Content-Type: text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: base64\r\n\r\n====",
		"Subject: =?utf-8?b?w?=\r\n\r\n",
		"Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n--\r\n",
		"From: =?utf-8?q?=C3=9C?= <u@reader.example>, <\r\n\r\n---\r\n\u200b\r\nline", "From: \"\r\n \"<>\r\n\n\xff",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		p := readParts(in)
		if p.Subject != subject(in) {
			t.Errorf("two subjects: %q and %q", p.Subject, subject(in))
		}
		for _, s := range []string{p.Subject, p.Text, p.HTML, p.Sender, p.Address, p.snippet(), rawHeader(in)} {
			if !utf8.ValidString(s) || len(s) > 3*MaxSize {
				t.Errorf("not text: %q", s)
			}
		}
		if s := p.snippet(); len(s) > snippetSize || strings.ContainsAny(s, "\r\n\t") {
			t.Errorf("no line of a list: %q", s)
		}
	})
}
