package gather_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"unicode/utf16"
)

// texts are words, names, times and links that do harm further on.
func texts() []animal {
	return []animal{
		{name: "a title of 8 MiB", answers: xml(func() string { return titled(strings.Repeat("a", 8<<20-400)) }), lay: 1},
		{
			name:    "a title of words",
			answers: xml(func() string { return titled(strings.Repeat("word ", 1<<20)) }), lay: 1, has: "…",
		},
		{
			name:    "a title of tags",
			answers: xml(func() string { return titled(strings.Repeat("&lt;b&gt;", 100_000) + "Bold") }), lay: 1,
		},
		{name: "a title that is a way up", answers: xml(func() string { return titled("../../../../etc/passwd") }), lay: 1},
		{name: "a title that is a device", answers: xml(func() string { return titled("CON") }), lay: 1},
		{name: "a title of dots", answers: xml(func() string { return titled(strings.Repeat(".", 300)) }), lay: 1},
		{name: "a title that is nothing to see", answers: xml(func() string { return titled("\u200b\u2060\ufeff") })},
		{
			name:    "a title of 300 marks on one letter",
			answers: xml(func() string { return titled("Z" + strings.Repeat("\u0335", 300)) }), lay: 1,
		},
		{name: "a title of emoji", answers: xml(func() string { return titled(strings.Repeat("👨‍👩‍👧", 200)) }), lay: 1},
		{name: "a title with header lines", answers: xml(func() string {
			return titled("Mine&#10;Published: 2020-01-01&#13;&#10;URL: https://evil.example/")
		}), lay: 1, has: "Mine Published: 2020-01-01 URL: https://evil.example/"},
		{
			name:    "a title with separators",
			answers: xml(func() string { return titled(`A \ B \ C \ D \ E \ F \ G`) }), lay: 1, has: "A / B / C",
		},
		{
			name:    "a title of format verbs",
			answers: xml(func() string { return titled("%s%n%d {{.}} ${x} &lt;%= 1 %&gt;") }), lay: 1,
		},
		{name: "characters that a terminal obeys", answers: xml(func() string {
			return titled("Red \x1b[31m \u009b31m &#27;]0;x&#7; \u202egnorw \u2066x")
		}), lay: 1},
		{
			name:    "NUL bytes",
			answers: xml(func() string { return strings.ReplaceAll(titled("Null and void"), "l", "l\x00") }), lay: 1, has: "Null and void",
		},
		{
			name: "only NUL bytes", want: "this is no feed",
			answers: xml(func() string { return strings.Repeat("\x00", 1<<22) }),
		},
		{
			name: "only high bytes", want: "this is no feed",
			answers: xml(func() string { return strings.Repeat("\x80", 1<<20) }),
		},
		{name: "references to control characters", answers: xml(func() string {
			return titled("In control" + strings.Repeat("&#1;", 1<<18))
		}), lay: 1},
		{
			name:    "UTF-16 with a mark",
			answers: xml(func() string { return wide(titled("Größe – breit")) }), lay: 1, has: "Größe – breit",
		},
		{
			name: "UTF-16 of half characters", want: "this is no feed",
			answers: xml(func() string { return "\xff\xfe" + strings.Repeat("\x00\xd8", 1<<21) }),
		},
		{name: "UTF-32", answers: xml(func() string {
			return "\xff\xfe\x00\x00" + strings.ReplaceAll(wide(titled("Wider"))[2:], "\x00", "\x00\x00\x00")
		}), lay: 1, has: "Wider"},
		{
			name:    "UTF-7",
			answers: sends("text/xml; charset=utf-7", `<?xml version="1.0" encoding="utf-7"?>`+titled("+ADw-script+AD4-")), lay: 1, has: "+ADw-script",
		},
		{name: "two encodings, both wrong", lay: 1, has: "Größe", answers: sends("text/xml; charset=koi8-r",
			`<?xml version="1.0" encoding="shift_jis"?>`+titled("Größe"))},
		{
			name:    "an encoding within another",
			answers: xml(func() string { return titled("Größe, Größe und Gr\xf6\xdfe") }), lay: 1, has: "Größe, Größe und Größe",
		},
		{
			name:    "an encoding that nobody knows",
			answers: sends("text/xml", `<?xml version="1.0" encoding="x-klingon"?>`+titled("Qapla\xe9")), lay: 1, has: "Qaplaé",
		},
		{
			name:    "UTF-8 that is too long",
			answers: xml(func() string { return titled("An \xc0\xaf overlong \xed\xa0\x80 one") }), lay: 1,
		},
		{name: "a link to a script", answers: linked("javascript:alert(document.cookie)"), lay: 1},
		{name: "a link to a file", answers: linked("file:///etc/passwd"), lay: 1},
		{name: "a link of data", answers: linked("data:text/html,%3Cscript%3E"), lay: 1},
		{name: "a link with a password", answers: linked("https://ana:secret@evil.example/"), lay: 1},
		{name: "a link with a line break", answers: linked("https://x.example/&#13;&#10;Bcc: all@x.example"), lay: 1},
		{name: "a link of 1 MiB", answers: linked("https://x.example/" + strings.Repeat("x", 1<<20)), lay: 1},
		{name: "a link to nowhere", answers: linked("http://[::1"), lay: 1},
		{name: "a story of the future", answers: dated("Fri, 31 Dec 2999 23:59:59 GMT"), lay: 1, has: "2026-11-27"},
		{name: "a story of 1900", answers: dated("Mon, 01 Jan 1900 00:00:00 GMT"), lay: 1},
		{name: "a story of the year 0", answers: dated("0000-00-00T00:00:00Z"), lay: 1, has: "2026-11-27"},
		{name: "a story of no time", answers: dated("yesterday, or \x1b[31mso"), lay: 1, has: "2026-11-27"},
		{name: "a date of 1 MiB", answers: dated(strings.Repeat("1", 1<<20)), lay: 1, has: "2026-11-27"},
		{name: "a leap second", answers: dated("Fri, 27 Nov 2026 10:59:60 GMT"), lay: 1},
		{name: "one name for all", answers: xml(func() string {
			return rssOf(story("1", "<title>First</title>"), story("1", "<title>Second</title>"))
		}), lay: 1, has: "First"},
		{name: "names that change at each look", again: true, answers: func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, rssOf(story(fmt.Sprint("look-", looks.Add(1)), "<title>Ever new</title><link>https://x.example/ever</link>")))
		}, lay: 1},
		{
			name:  "no names and no links",
			again: true, answers: xml(func() string { return rssOf("<item><title>Nameless</title></item>") }),
		},
		{
			name:    "a name of 1 MiB",
			answers: xml(func() string { return rssOf(story(strings.Repeat("n", 1<<20), "<title>Long name</title>")) }), lay: 1,
		},
		{name: "a name to harm a database", answers: xml(func() string {
			return rssOf(story("'; DROP TABLE stories; --", "<title>Little Bobby</title>"))
		}), lay: 1},
	}
}

// looks counts the looks at what changes each time.
var looks atomic.Int32

func titled(title string) string { return rssOf(story("next", "<title>"+title+"</title>")) }

func linked(link string) http.HandlerFunc {
	return sends("text/xml", rssOf(story("next", "<title>A link</title><link>"+link+"</link>")))
}

func dated(date string) http.HandlerFunc {
	return sends("text/xml", rssOf("<item><guid>next</guid><title>A day</title><pubDate>"+date+"</pubDate></item>"))
}

func jsonOf(text string) http.HandlerFunc { return sends("application/feed+json", text) }

// wide is UTF-16 with a byte-order mark.
func wide(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}
