package web

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"vesper/digest"
)

func TestASitesOwnFormSignsUp(t *testing.T) {
	for name, c := range map[string]struct {
		kind, body, origin, accept string
		status                     int
		json, signedUp             bool
	}{
		"JSON": {
			jsonKind, `{"email":"ines@reader.example","list":7}`, ownOrigin, "", 200, true,
			true,
		},
		"form": {encoded, "email=ines@reader.example", ownOrigin, "text/html", 200, false, true},
		"form, JSON wanted": {
			encoded, "email=ines@reader.example", ownOrigin, "application/json", 200, true,
			true,
		},
		"multipart": {multi, strings.ReplaceAll(strings.ReplaceAll(multiBody, "List-Unsubscribe", "email"),
			"One-Click", "ines@reader.example"), ownOrigin, "", 200, false, true},
		"JSON, elsewhere": {
			jsonKind, `{"email":"ines@reader.example"}`, "https://evil.example", "", 422, true,
			false,
		},
		"form, elsewhere": {encoded, "email=ines@reader.example", "https://evil.example", "", 422, false, false},
		"form, a near origin": {
			encoded, "email=ines@reader.example", ownOrigin + ".evil.example", "", 422, false,
			false,
		},
		"form, no origin":       {encoded, "email=ines@reader.example", "", "", 422, false, false},
		"form, nobody's origin": {encoded, "email=ines@reader.example", "null", "", 422, false, false},
		"JSON, a trap": {
			jsonKind, `{"email":"ines@reader.example","website":"x"}`, ownOrigin, "", 200, true,
			false,
		},
		"JSON, no address":    {jsonKind, `{"email":"ines"}`, ownOrigin, "", 422, true, false},
		"JSON, not an object": {jsonKind, `[1]`, ownOrigin, "", 400, true, false},
		"JSON, a number":      {jsonKind, `{"email":7}`, ownOrigin, "", 400, true, false},
		"JSON, torn":          {jsonKind, `{"email":"ines@r`, ownOrigin, "", 400, true, false},
		"JSON, empty":         {jsonKind, ``, ownOrigin, "", 400, true, false},
		"JSON, large": {
			jsonKind, `{"email":"` + strings.Repeat("x", maxBody) + `"}`, ownOrigin, "", 413,
			true, false,
		},
		"form, large":        {encoded, "email=" + strings.Repeat("x", maxBody), ownOrigin, "", 413, false, false},
		"another kind":       {"text/xml", "<email/>", ownOrigin, "", 422, false, false},
		"form, a bad escape": {encoded, "email=%zz", ownOrigin, "", 400, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := serve(t, nil)
			w, body := b.post(t, c.kind, c.body, "Origin", c.origin, "Accept", c.accept)
			if w.StatusCode != c.status || (len(b.list.asked) == 1) != c.signedUp {
				t.Errorf("got %d and %v signed up, want %d", w.StatusCode, b.list.asked, c.status)
			}
			var said reply
			if err := json.Unmarshal([]byte(body), &said); (err == nil) != c.json || c.json &&
				(said.Status == "" || said.Message == "") {
				t.Errorf("JSON is %v, got %s", c.json, body)
			}
			want := ""
			if c.origin == ownOrigin {
				want = ownOrigin
			}
			if got := w.Header.Get("Access-Control-Allow-Origin"); got != want {
				t.Errorf("got access for %q, want %q", got, want)
			}
		})
	}
}

func TestScriptsOfOtherSitesMayNotAsk(t *testing.T) {
	b := serve(t, nil)
	for origin, want := range map[string]string{ownOrigin: ownOrigin, "https://evil.example": "", "null": "", "": ""} {
		r, err := http.NewRequestWithContext(t.Context(), "OPTIONS", b.URL+"/s", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "POST")
		w, err := b.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		w.Body.Close()
		if got := w.Header.Get("Access-Control-Allow-Origin"); got != want ||
			(w.Header.Get("Access-Control-Allow-Methods") != "") != (want != "") {
			t.Errorf("%s: got %q, want %q", origin, got, want)
		}
	}
}

func TestOnlyTheSitesOfThePaperSignUp(t *testing.T) {
	b := serve(t, func(p *Pages) {
		p.Publication.URL = "HTTPS://Bücher.example:443/paper"
		p.Publication.BaseURL = "https://mail.courier.example/evening"
		p.Origins = []string{"http://blog.courier.example:8080"}
	})
	const good = "email=ines@reader.example"
	for _, c := range []struct {
		origin, body string
		want         int
	}{
		{"https://xn--bcher-kva.example", good, 200},
		{"http://blog.courier.example:8080", good, 200},
		{"https://mail.courier.example", good, 200},
		{"https://mail.courier.example", good + "&time=AAAA", 422},
		{"https://mail.courier.example", b.filled(t, "ines@reader.example"), 200},
		{"http://mail.courier.example", good, 422},
		{"https://mail.courier.example/evening", good, 422},
		{"https://blog.courier.example:8080", good, 422},
		{"http://blog.courier.example", good, 422},
		{"https://xn--bcher-kva.example:444", good, 422},
		{"null", b.filled(t, "ines@reader.example"), 422},
		{"", b.filled(t, "ines@reader.example"), 422},
		{"https://evil.example", b.filled(t, "ines@reader.example"), 422},
	} {
		before := len(b.list.asked)
		w, page := b.post(t, encoded, c.body, "Origin", c.origin)
		if w.StatusCode != c.want || len(b.list.asked)-before != map[int]int{200: 1}[c.want] {
			t.Errorf("from %q with %s: got %d, %d rows", c.origin, c.body, w.StatusCode, len(b.list.asked)-before)
		}
		if c.want == 422 && (!strings.Contains(page, "once more") || w.Header.Get("Referrer-Policy") != "same-origin") {
			t.Errorf("from %q: %s\n%s", c.origin, w.Header.Get("Referrer-Policy"), page)
		}
	}
	if w, _ := b.ask(t, "GET", "/s", "", ""); w.Header.Get("Referrer-Policy") != "same-origin" {
		t.Errorf("the form's page has the Referrer-Policy %q", w.Header.Get("Referrer-Policy"))
	}
	for _, page := range []string{"/c/" + confirmToken(), "/u/" + token(), "/p/" + preferToken(), "/e"} {
		if w, _ := b.ask(t, "GET", page, "", ""); w.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s has the Referrer-Policy %q", page, w.Header.Get("Referrer-Policy"))
		}
	}
}

// Those of whom nobody knows who they are must not share one limit.
func TestWhoIsNotKnownCountsForNoNetwork(t *testing.T) {
	for _, c := range []struct{ base, proxies, remote, forwarded, want string }{
		{"https://mail.courier.example", "", "192.0.2.1:99", "", "192.0.2.1"},
		{"https://mail.courier.example", "", "127.0.0.1:99", "", "invalid IP"},
		{"https://mail.courier.example", "", "[::1]:99", "", "invalid IP"},
		{"http://127.0.0.1:8025", "", "127.0.0.1:99", "", "127.0.0.1"},
		{"http://[::1]:8025", "", "[::1]:99", "", "::1"},
		{"https://mail.courier.example", "10.0.0.0/8", "10.1.1.1:99", "", "invalid IP"},
		{"https://mail.courier.example", "10.0.0.0/8", "10.1.1.1:99", "unknown", "invalid IP"},
		{"https://mail.courier.example", "10.0.0.0/8", "10.1.1.1:99", "203.0.113.9", "203.0.113.9"},
		{"https://mail.courier.example", "10.0.0.0/8", "@", "203.0.113.9", "invalid IP"},
	} {
		s := Pages{Publication: digest.Publication{BaseURL: c.base}}
		if c.proxies != "" {
			s.Proxies = []netip.Prefix{netip.MustParsePrefix(c.proxies)}
		}
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := (&site{Pages: s}).counted(r).String(); got != c.want {
			t.Errorf("%s behind %s at %s, forwarded %q: got %q, want %q", c.remote, c.proxies, c.base, c.forwarded,
				got, c.want)
		}
	}
}

func TestOnlyTrustedProxiesSayWhoAsks(t *testing.T) {
	for _, c := range []struct{ proxies, remote, forwarded, want string }{
		{"", "192.0.2.1:99", "203.0.113.9", "192.0.2.1"},
		{"10.0.0.0/8", "192.0.2.1:99", "203.0.113.9", "192.0.2.1"},
		{"10.0.0.0/8", "10.1.1.1:99", "203.0.113.9", "203.0.113.9"},
		{"10.0.0.0/8", "10.1.1.1:99", "6.6.6.6, 203.0.113.9, 10.2.2.2", "203.0.113.9"},
		{"10.0.0.0/8", "10.1.1.1:99", "10.3.3.3,10.2.2.2", "10.3.3.3"},
		{"10.0.0.0/8", "10.1.1.1:99", "6.6.6.6, nonsense", "10.1.1.1"},
		{"10.0.0.0/8", "10.1.1.1:99", "203.0.113.9:4711", "203.0.113.9"},
		{"10.0.0.0/8", "10.1.1.1:99", "[2001:db8::1]:4711", "2001:db8::1"},
		{"10.0.0.0/8", "10.1.1.1:99", "", "10.1.1.1"},
		{"10.0.0.0/8", "[::ffff:10.1.1.1]:99", "2001:db8::1", "2001:db8::1"},
		{"fd00::/8", "[fd00::1]:99", "2001:db8::1%eth0", "2001:db8::1"},
		{"10.0.0.0/8", "@", "203.0.113.9", ""},
	} {
		s := Pages{}
		if c.proxies != "" {
			s.Proxies = []netip.Prefix{netip.MustParsePrefix(c.proxies)}
		}
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		for _, line := range strings.SplitAfterN(c.forwarded, ",", 2) {
			r.Header.Add("X-Forwarded-For", strings.TrimSuffix(line, ","))
		}
		if got := told((&site{Pages: s}).client(r)); got != c.want {
			t.Errorf("%s behind %s, forwarded %q: got %q, want %q", c.remote, c.proxies, c.forwarded, got, c.want)
		}
	}
}
