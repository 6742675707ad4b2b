package web

import (
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"vesper/digest/growth"
	"vesper/templates"
)

// TestTwiceTheFormIsNoMoreThanTwiceTheWork sends forms and links of growing size. A form
// is read up to maxBody.
func TestTwiceTheFormIsNoMoreThanTwiceTheWork(t *testing.T) {
	l := newList()
	p := Pages{
		List: l, Door: l, Editions: printed{}, Templates: templates.BuiltIn(),
		Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	}
	p.Publication.URL = ownOrigin + "/"
	h := p.Handler()
	post := func(path, kind, body string) {
		r := httptest.NewRequest("POST", "/s", strings.NewReader(body))
		r.URL.Path, r.URL.RawPath = path, (&url.URL{Path: path}).EscapedPath()
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Origin", ownOrigin)
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	again := func(before, part, after string) func(int) string {
		return func(n int) string { return before + strings.Repeat(part, n) + after }
	}
	for kind, shapes := range map[string]map[string]func(int) string{
		encoded: {
			"fields":            again("email=ines@reader.example", "&a=b", ""),
			"the same field":    again("", "email=a&", ""),
			"evenings":          again("evenings=own", "&day=mon", ""),
			"a domain":          again("email=ines@", "%C3%BC", ".example"),
			"labels":            again("email=ines@", "%C3%BC.", "example"),
			"marks in a domain": again("email=ines@e", "%CC%81", ".example"),
			"a local part":      again("email=", "%C3%BC", "@reader.example"),
			"at signs":          again("email=", "@", "reader.example"),
			"invisible letters": again("email=", "%E2%80%8B", "ines@reader.example"),
			"a stamp":           again("email=ines@reader.example&time=", "1", ""),
			"bad escapes":       again("email=", "%", ""),
		},
		jsonKind: {
			"fields":   again(`{`, `"a":"b",`, `"email":"ines@reader.example"}`),
			"depth":    again(`{"email":`, `[`, ``),
			"a domain": again(`{"email":"ines@`, `ü`, `.example"}`),
			"escapes":  again(`{"email":"`, `\u00fc`, `"}`),
		},
		multi: {
			"hyphens": again("--b\r\n", "-", "\r\n"),
			"parts":   again("", "--b\r\n\r\n", "--b--\r\n"),
		},
	} {
		growth.Check(t, 400, shapes, func(body string) {
			for _, path := range []string{"/s", "/u/" + token(), "/p/" + preferToken()} {
				post(path, kind, body)
			}
		})
	}
	growth.Check(t, 3000, map[string]func(int) string{
		"a token":          again("", "A", ""),
		"behind a token":   again(token(), "=", ""),
		"slashes":          again("", "/", token()),
		"blanks":           again(token(), "%20 ", ""),
		"tokens":           again("", token(), ""),
		"no letters":       again("", "\x00\u202e", ""),
		"steps up":         again("", "../", token()),
		"what links carry": again(token(), "&utm_source=x", ""),
	}, func(tail string) {
		for _, path := range []string{"/c/", "/u/", "/p/"} {
			post(path+tail, encoded, "")
		}
	})
}
