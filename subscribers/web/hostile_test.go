package web

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"vesper/subscribers"
	"vesper/templates"
)

// effects are the requests that a token of each purpose is good for.
var effects = []struct {
	purpose subscribers.Purpose
	path    string
	body    string
}{
	{subscribers.ToConfirm, "/c/", ""},
	{subscribers.ToUnsubscribe, "/u/", oneClicks},
	{subscribers.ToUnsubscribe, "/u/", "instead=weekend"},
	{subscribers.ToPrefer, "/p/", "form=plain"},
	{subscribers.ToPrefer, "/p/", "leave=yes"},
}

func TestNoTokenButTheRightOneHasAnEffect(t *testing.T) {
	b := serve(t, nil)
	b.list.readers[reader] = subscribers.Subscriber{PublicID: reader, Status: subscribers.Unconfirmed}
	tried := 0
	try := func(path, token, body, what string) {
		tried++
		w, page := b.ask(t, "POST", path+token, encoded, body)
		if w.StatusCode >= 500 || page == "" || !b.list.untouched() {
			t.Fatalf("%s%s with %q: got %d, and the list is touched: %v", path, what, body, w.StatusCode,
				!b.list.untouched())
		}
	}
	purposes := []subscribers.Purpose{
		subscribers.ToConfirm, subscribers.ToUnsubscribe, subscribers.ToPrefer, 0, 'x',
		0xff,
	}
	for _, e := range effects {
		for _, expires := range []time.Time{{}, now.Add(time.Hour)} {
			for _, p := range purposes {
				if p != e.purpose {
					try(e.path, key.Link(p, reader, expires), e.body, fmt.Sprintf("a token to %q", p))
				}
			}
			raw, err := base64.RawURLEncoding.DecodeString(key.Link(e.purpose, reader, expires))
			if err != nil {
				t.Fatal(err)
			}
			for bit := range len(raw) * 8 {
				raw[bit/8] ^= 1 << (bit % 8)
				try(e.path, base64.RawURLEncoding.EncodeToString(raw), e.body,
					fmt.Sprintf("a token with bit %d flipped", bit))
				raw[bit/8] ^= 1 << (bit % 8)
			}
		}
		try(e.path, key.Link(e.purpose, reader, now), e.body, "an expired token")
	}
	t.Logf("%d tokens without effect", tried)
}

// badAddresses are none, by the grammar.
var badAddresses = []string{
	"", " ", "@", "a", "a@", "@b.example", "a@b", "a@b@c", "a b@c.example", "a@c example", "a@.example",
	"a@c..example", "a@c.example.",
	".a@c.example", "a.@c.example", "a..b@c.example", "a@-c.example", "a@c-.example", "a@c_d.example", "a@127.0.0.1",
	"a@[127.0.0.1]",
	`"a"@c.example`, `"a b"@c.example`, "a(b)@c.example", "A <a@c.example>", "<a@c.example>", "mailto:a@c.example",
	"a@c.example,b@c.example",
	"a@c.example;b@c.example", "a@c.example\r\nBcc: b@c.example", "a@c.example\nb@c.example", "a\x00@c.example",
	"a@c\x00.example",
	"a\t@c.example", "a@c.example?subject=x", "a@c.example/../x", "a@c.example%0aBcc:b@c.example",
	"a\u202eb@c.example", "a@c.exa\u202emple",
	"\xff@c.example", "a@\xff.example", "<script>alert(1)</script>@c.example", "'; DROP TABLE subscribers; --",
	"{{.}}", "${7*7}", "a@c.1",
	strings.Repeat("a", 65) + "@c.example", "a@" + strings.Repeat("c", 64) + ".example", strings.Repeat("a", 3000),
	"a@" + strings.Repeat("c.", 1500),
	"a@xn--.example", "a@xn--a-\u00e4.example", "\u0301@c.example", "a@\u200b.example", "a\u00a0@c.example", "null",
	"undefined", "[]", "0",
}

// badChoices are bodies of the preferences page that no page of ours sends.
var badChoices = []string{
	"", "=", "&&&", "evenings", "evenings=own&day=", "evenings=mon,xyz", "evenings=%00",
	"evenings=every&evenings=weekend", "evenings=" + strings.Repeat("mon,", 500),
	"day=mon", "slot=evening", "slots=1&slot=%ff", "form=html", "form=%3Cb%3E", "zone=Mars/Base", "zone=Local",
	"zone=../../etc/passwd", "zone=/etc/passwd",
	"zone=Europe/../Europe/Vienna", "zone=" + strings.Repeat("A", 5000), "zone=%00", "pause=forever",
	"pause=until&until=", "pause=until&until=0000-00-00",
	"pause=until&until=2026-13-01", "pause=until&until=-1", "pause=until&until=99999-01-01",
	"pause=until&until=2026-11-22T00:00", "pause=week&pause=until",
	"until=2026-12-24", "leave=", "%zz=1", "a;b", "form=plain%", strings.Repeat("a=b&", 1500), "\x00\xff",
}

var badTokens = []string{
	"x", "AQ", "%00", "%ff", "..%2f..%2fetc", "%3Cscript%3E", "AAAA====", "a+b", "a b", "%F0%9F%92%A9", "-", "_",
	"null", "0", "1", "%0d%0aSet-Cookie:x=y",
	strings.Repeat("A", 36), strings.Repeat("A", 47), strings.Repeat("A", 4000), strings.Repeat("_", 36),
	"AQF1_ty6mHZUMhCQL9GVSZLzaqTfy1D7o3jS",
}

func TestBadInputGetsAClearAnswerAndNoEffect(t *testing.T) {
	b := serve(t, func(p *Pages) { p.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	inputs := 0
	check := func(what string, w *http.Response, page string, codes ...int) {
		t.Helper()
		inputs++
		ok := false
		for _, code := range codes {
			ok = ok || w.StatusCode == code
		}
		if !ok || strings.TrimSpace(page) == "" || !b.list.untouched() {
			t.Errorf("%.80s: got %d with %d bytes, want one of %v; the list is touched: %v", what, w.StatusCode,
				len(page), codes, !b.list.untouched())
		}
		if strings.Contains(page, "<script") || strings.Contains(page, "<b>") {
			t.Errorf("%.80s: the page has the input as markup", what)
		}
	}
	for _, bad := range badAddresses {
		form := url.Values{"email": {bad}, "time": {"x"}}.Encode()
		w, page := b.post(t, encoded, form, "Origin", ownOrigin)
		check("form "+bad, w, page, 422)
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\x00", `\u0000`, "\n", `\n`, "\r", `\r`, "\t",
			`\t`).Replace(bad)
		w, page = b.post(t, jsonKind, `{"email":"`+quoted+`"}`, "Origin", ownOrigin)
		check("JSON "+bad, w, page, 422)
	}
	for _, body := range []string{
		"{", "}", "[]", "1", `"x"`, `{"email":{}}`, `{"email":["a@c.example"]}`,
		`{"time":1}`, "\xff", strings.Repeat("[", 5000), strings.Repeat("9", 8192),
	} {
		w, page := b.post(t, jsonKind, body, "Origin", ownOrigin)
		check("JSON "+body, w, page, 400)
	}
	for _, kind := range []string{
		"", "x", "multipart/form-data", "multipart/form-data; boundary=", multi,
		"application/json; charset=utf-16", "text/plain", "application/x-www-form-urlencoded; charset=\"", "\x7f",
	} {
		w, page := b.post(t, strings.Trim(kind, "\x7f"), "--xyz\r\nemail=a", "Origin", ownOrigin)
		check("kind "+kind, w, page, 400, 422)
	}
	for _, body := range badChoices {
		// A form that changes nothing may be saved: there is no reader to keep it for.
		w, page := b.ask(t, "POST", "/p/"+key.Link(subscribers.ToPrefer, reader+1, time.Time{}), encoded, body)
		check("choice "+body, w, page, 200, 422)
	}
	for _, token := range badTokens {
		for _, path := range []string{"/c/", "/u/", "/p/"} {
			for _, method := range []string{"GET", "POST"} {
				w, page := b.ask(t, method, path+token, encoded, "leave=yes")
				check(method+" "+path+token, w, page, 404)
			}
		}
	}
	if inputs < 200 || strings.Contains(b.log.String(), "level=ERROR") {
		t.Errorf("got %d inputs, want 200, and the log without errors:\n%s", inputs, b.log)
	}
	t.Logf("%d bad inputs", inputs)
}

func FuzzSignUp(f *testing.F) {
	f.Add(encoded, "email=ines@reader.example&time=x", ownOrigin)
	f.Add(jsonKind, `{"email":"ines@reader.example"}`, ownOrigin)
	f.Add(multi, strings.ReplaceAll(multiBody, "List-Unsubscribe", "email"), "null")
	f.Add(encoded, "email=%ff&website=1", "")
	l := newList()
	p := Pages{
		List: l, Door: l, Editions: printed{}, Templates: templates.BuiltIn(),
		Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	}
	p.Publication.URL = ownOrigin + "/"
	f.Fuzz(func(t *testing.T, kind, body, origin string) {
		l.asked = nil
		r := httptest.NewRequest("POST", "/s", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		p.Handler().ServeHTTP(w, r)
		if w.Code >= 500 || w.Body.Len() == 0 || len(l.asked) > 0 && origin != ownOrigin {
			t.Errorf("got %d with %d bytes, signed up %v from %q", w.Code, w.Body.Len(), l.asked, origin)
		}
	})
}

func FuzzPreferences(f *testing.F) {
	for _, body := range badChoices {
		f.Add(body)
	}
	l := newList()
	h := Pages{
		List: l, Door: l, Editions: printed{}, Templates: templates.BuiltIn(),
		Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	}.Handler()
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest("POST", "/p/"+preferToken(), strings.NewReader(body))
		r.Header.Set("Content-Type", encoded)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if err := l.chosen[reader].Check(); w.Code >= 500 || err != nil {
			t.Errorf("got %d, kept %+v: %v", w.Code, l.chosen[reader], err)
		}
	})
}
