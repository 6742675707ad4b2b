package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"vesper/subscribers"
)

var (
	now    = time.Date(2026, 11, 22, 18, 5, 0, 0, time.UTC)
	key    = subscribers.Key{ID: 1, Secret: []byte("an old secret, 32 bytes of it ...")}
	newKey = subscribers.Key{ID: 2, Secret: []byte("a new secret, also 32 bytes .....")}
)

const (
	encoded   = "application/x-www-form-urlencoded"
	oneClicks = "List-Unsubscribe=One-Click"
	multi     = "multipart/form-data; boundary=xyz"
	multiBody = "--xyz\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--xyz--\r\n"
)

func TestEveryRouteAnswersEveryMethod(t *testing.T) {
	b := serve(t, nil)
	c0, u, p := "/c/"+confirmToken(), "/u/"+token(), "/p/"+preferToken()
	e, a := "/e/2026-11-22-evening", "/e/2026-11-22-evening/"+url.PathEscape("tidal gates/ü")
	for _, c := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/s", 200, ""},
		{"HEAD", "/s", 200, ""},
		{"POST", "/s", 422, ""},
		{"OPTIONS", "/s", 204, "GET, HEAD, POST"},
		{"PUT", "/s", 405, "GET, HEAD, POST"},
		{"GET", c0, 200, ""},
		{"HEAD", c0, 200, ""},
		{"POST", c0, 200, ""},
		{"PATCH", c0, 405, "GET, HEAD, POST"},
		{"GET", u, 200, ""},
		{"HEAD", u, 200, ""},
		{"POST", u, 200, ""},
		{"PUT", u, 405, "GET, HEAD, POST"},
		{"DELETE", u, 405, "GET, HEAD, POST"},
		{"OPTIONS", u, 405, "GET, HEAD, POST"},
		{"GET", p, 200, ""},
		{"HEAD", p, 200, ""},
		{"POST", p, 200, ""},
		{"DELETE", p, 405, "GET, HEAD, POST"},
		{"GET", "/e/latest", 302, ""},
		{"POST", "/e/latest", 405, "GET, HEAD"},
		{"GET", e, 200, ""},
		{"HEAD", e, 200, ""},
		{"POST", e, 405, "GET, HEAD"},
		{"GET", a, 200, ""},
		{"HEAD", a, 200, ""},
		{"DELETE", a, 405, "GET, HEAD"},
		{"GET", "/e/2026-11-23-evening", 404, ""},
		{"GET", "/e/nonsense", 404, ""},
		{"GET", "/e/nonsense/x", 404, ""},
		{"GET", e + "/other", 404, ""},
		{"GET", "/", 200, ""},
		{"HEAD", "/", 200, ""},
		{"POST", "/", 405, "GET, HEAD"},
		{"GET", "/s/", 200, ""},
		{"GET", "/e/", 200, ""},
		{"GET", "/u/", 404, ""},
		{"GET", "/u/nonsense", 404, ""},
		{"POST", "/u/nonsense", 404, ""},
		{"GET", u + "/more", 200, ""},
		{"GET", "/favicon.ico", 404, ""},
	} {
		w, body := b.ask(t, c.method, c.path, "", "")
		if w.StatusCode != c.status || w.Header.Get("Allow") != c.allow {
			t.Errorf("%s %s: got %d, Allow %q, want %d, %q", c.method, c.path, w.StatusCode, w.Header.Get("Allow"),
				c.status, c.allow)
		}
		referrer := "no-referrer"
		if strings.Contains(body, `name="email"`) || c.method == "HEAD" && c.status == 200 && len(c.path) <= 3 {
			referrer = "same-origin" // the form's page
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": referrer, "X-Frame-Options": "DENY",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=31536000", "Access-Control-Allow-Origin": "",
			"Permissions-Policy": "browsing-topics=(), camera=(), geolocation=(), microphone=(), " +
				"payment=(), usb=()",
			"Content-Security-Policy": policy([]byte(body)),
		} {
			if got := w.Header.Get(name); got != want && (c.method != "HEAD" || name != "Content-Security-Policy") {
				t.Errorf("%s %s: got %s %q, want %q", c.method, c.path, name, got, want)
			}
		}
		if private := !strings.HasPrefix(c.path, "/e/2026"); private && c.status != 204 &&
			w.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s may be cached", c.method, c.path)
		}
		if len(w.Cookies()) > 0 {
			t.Errorf("%s %s sets a cookie", c.method, c.path)
		}
		if c.method == "HEAD" && body != "" {
			t.Errorf("HEAD %s has a body", c.path)
		}
	}
}

func TestLookingAtALinkChangesNothing(t *testing.T) {
	b := serve(t, nil)
	for range 3 {
		for _, method := range []string{"GET", "HEAD"} {
			b.ask(t, method, "/u/"+token(), "", "")
			b.ask(t, method, "/u/"+token()+"?List-Unsubscribe=One-Click", encoded, oneClicks)
		}
	}
	if len(b.list.left) > 0 {
		t.Errorf("got %v off the list, want nobody", b.list.left)
	}
	_, page := b.ask(t, "GET", "/u/"+token(), "", "")
	for _, want := range []string{
		`<form method="post">`, "<button", "Harbour Courier Evening Edition",
		"14 Chandlers Row", "noindex",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestOnePostLeavesAtOnce(t *testing.T) {
	for name, c := range map[string]struct{ kind, body, want string }{
		"one click":               {encoded, oneClicks, "You are unsubscribed.\n"},
		"one click, multipart":    {multi, multiBody, "You are unsubscribed.\n"},
		"the button":              {encoded, "", "<h1>You are unsubscribed</h1>"},
		"nothing at all":          {"", "", "<h1>You are unsubscribed</h1>"},
		"a body nobody can read":  {multi, "--abc", "<h1>You are unsubscribed</h1>"},
		"a kind nobody knows":     {"application/json", `{"a":1}`, "<h1>You are unsubscribed</h1>"},
		"a one click that is not": {encoded, "List-Unsubscribe=Two-Clicks", "<h1>You are unsubscribed</h1>"},
	} {
		b := serve(t, nil)
		for i := range 2 {
			w, body := b.ask(t, "POST", "/u/"+token(), c.kind, c.body)
			if w.StatusCode != http.StatusOK || !strings.Contains(body, c.want) {
				t.Errorf("%s, time %d: got %d %q, want 200 with %q", name, i+1, w.StatusCode, body, c.want)
			}
		}
		if b.list.left[reader] != 2 || len(b.list.left) != 1 {
			t.Errorf("%s: got %v off the list, want this reader", name, b.list.left)
		}
	}
}

func TestLinksOfOldKeysGoOnWorking(t *testing.T) {
	b := serve(t, nil)
	b.ask(t, "POST", "/u/"+newKey.Link(subscribers.ToUnsubscribe, 1, time.Time{}), encoded, oneClicks)
	b.ask(t, "POST", "/u/"+key.Link(subscribers.ToUnsubscribe, 2, time.Time{}), encoded, oneClicks)
	if b.list.left[1] != 1 || b.list.left[2] != 1 {
		t.Errorf("got %v off the list, want 1 and 2", b.list.left)
	}
}

func TestForeignTokensLearnNothingAndDoNothing(t *testing.T) {
	b := serve(t, nil)
	const broken = "<h1>This link is incomplete</h1>"
	flipped := []byte(token())
	flipped[20] ^= 1
	tokens := map[string]string{
		"nonsense":      "nonsense",
		"a flipped bit": string(flipped),
		"a foreign key": subscribers.Key{ID: 1, Secret: []byte("somebody else's")}.Link(subscribers.ToUnsubscribe,
			reader, time.Time{}),
		"an unknown key": subscribers.Key{ID: 9, Secret: key.Secret}.Link(subscribers.ToUnsubscribe, reader,
			time.Time{}),
		"another purpose":  preferToken(),
		"an expired one":   key.Link(subscribers.ToUnsubscribe, reader, now.Add(-time.Second)),
		"half of one":      token()[:20],
		"a very long one":  strings.Repeat("A", 4000),
		"one with a quote": "%22%3E%3Cscript%3E",
	}
	for name, foreign := range tokens {
		w, page := b.ask(t, "GET", "/u/"+foreign, "", "")
		if w.StatusCode != http.StatusNotFound || !strings.Contains(page, broken) ||
			!strings.Contains(page, "desk@courier.example") || !strings.Contains(page, `href="../s"`) {
			t.Errorf("%s: GET gives %d, or does not say what to do", name, w.StatusCode)
		}
		w, body := b.ask(t, "POST", "/u/"+foreign, encoded, oneClicks)
		if w.StatusCode != http.StatusBadRequest || body != "This link is incomplete\n" {
			t.Errorf("%s: one click gives %d %q", name, w.StatusCode, body)
		}
		w, body = b.ask(t, "POST", "/u/"+foreign, encoded, "")
		if w.StatusCode != http.StatusNotFound || body != page {
			t.Errorf("%s: the button gives %d", name, w.StatusCode)
		}
	}
	if len(b.list.left) > 0 {
		t.Errorf("got %v off the list, want nobody", b.list.left)
	}
}

func TestLargeBodiesAreRefused(t *testing.T) {
	b := serve(t, nil)
	big := strings.Repeat("a", maxBody+1)
	for kind, body := range map[string]string{
		encoded: "x=" + big,
		multi:   "--xyz\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n" + big + "\r\n--xyz--\r\n",
	} {
		w, _ := b.ask(t, "POST", "/u/"+token(), kind, body)
		if w.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: got %d, want 413", kind, w.StatusCode)
		}
	}
	if len(b.list.left) > 0 {
		t.Errorf("got %v off the list, want nobody", b.list.left)
	}
}

func TestFaultsOfOursAskForAnotherTry(t *testing.T) {
	for name, change := range map[string]func(*Pages){
		"the list":    func(p *Pages) { p.List.(*list).err = errDown },
		"the keys":    func(p *Pages) { p.List.(*list).keysErr = errDown },
		"the edition": func(p *Pages) { p.Editions = printed{err: errDown} },
	} {
		b := serve(t, change)
		method, path := "POST", "/u/"+token()
		if name == "the edition" {
			method, path = "GET", "/e/2026-11-22-evening"
		}
		w, body := b.ask(t, method, path, encoded, oneClicks)
		if w.StatusCode != http.StatusServiceUnavailable || w.Header.Get("Retry-After") == "" {
			t.Errorf("%s: got %d, Retry-After %q, want 503 with one", name, w.StatusCode, w.Header.Get("Retry-After"))
		}
		if strings.Contains(body, errDown.Error()) {
			t.Errorf("%s: the answer tells the fault", name)
		}
		if !strings.Contains(b.log.String(), errDown.Error()) {
			t.Errorf("%s: the log does not tell the fault", name)
		}
	}
}

func TestLogsHoldNoTokens(t *testing.T) {
	b := serve(t, nil)
	b.ask(t, "POST", "/u/"+token(), encoded, oneClicks)
	b.list.err = errDown
	b.ask(t, "POST", "/u/"+token(), encoded, oneClicks)
	if b.log.Len() == 0 || strings.Contains(b.log.String(), token()) {
		t.Errorf("the log has a token, or nothing: %s", b.log)
	}
}
