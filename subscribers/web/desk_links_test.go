package web

import (
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestTheEditionIsInAFrameOfItsOwn(t *testing.T) {
	b, _ := serveDesk(t, nil)
	at := deskPath(tonight, maria)
	for form, want := range map[string]string{
		"/designed?v=3f0a94c1d2e8": "@media not all{p{color:red}}", "/dark?v=3f0a94c1d2e8": "@media all{p{color:red}}",
		"/plain?v=3f0a94c1d2e8": "It sails &amp; &lt;sinks&gt;", "/plain?v=3f0a94c1d2e9": deskNewer, "/designed": deskNewer,
	} {
		w, page := b.ask(t, "GET", at+form, "", "")
		if !strings.Contains(page, want) || w.StatusCode != 200 {
			t.Errorf("%s: got %d, %s", form, w.StatusCode, page)
		}
		h := w.Header
		if h.Get("Content-Security-Policy") != framePolicy || h.Get("X-Frame-Options") != "SAMEORIGIN" ||
			h.Get("Cache-Control") != "no-store" || h.Get("X-Robots-Tag") == "" {
			t.Errorf("%s: got %v", form, h)
		}
	}
}

func TestLinksThatAreNotGoodAreLimited(t *testing.T) {
	b, d := serveDesk(t, func(p *Pages) { p.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	from := func(client, path string) int {
		t.Helper()
		r := httptest.NewRequest("GET", path, nil)
		r.RemoteAddr = "127.0.0.1:9"
		if client != "" {
			r.Header.Set("X-Forwarded-For", client)
		}
		w := httptest.NewRecorder()
		b.Config.Handler.ServeHTTP(w, r)
		return w.Code
	}
	good, bad := deskPath(tonight, maria), "/d/"+tonight+"/AQE"+strings.Repeat("x", 21)
	for i := range mostTries + 3 {
		want := 404
		if i >= mostTries {
			want = 429
		}
		for _, client := range []string{"203.0.113.9", "2001:db8::1", ""} {
			if got := from(client, bad); got != want {
				t.Errorf("try %d of %q: got %d, want %d", i, client, got, want)
			}
		}
	}
	for client, want := range map[string]int{
		"203.0.113.9": 429, "203.0.113.10": 200, "2001:db8::2": 429, "2001:db8:0:1::1": 200,
		// Whom the proxy does not name may be anybody.
		"": 200,
	} {
		if got := from(client, good); got != want {
			t.Errorf("%q: got %d, want %d", client, got, want)
		}
	}
	*b.now = b.now.Add(time.Hour)
	if got := from("203.0.113.9", good); got != 200 || len(d.wishes) > 0 {
		t.Errorf("an hour later: got %d", got)
	}
}

func TestNoLinkToADeskPageIsLogged(t *testing.T) {
	b, d := serveDesk(t, nil)
	b.press(t, "do=hold")
	b.ask(t, "GET", "/d/"+tonight+"/nonsense", "", "")
	d.gone = errDown
	if w, page := b.press(t, "do=hold"); w.StatusCode != 503 || strings.Contains(page, "disk") {
		t.Errorf("got %d", w.StatusCode)
	}
	b.list.keysErr = errDown
	b.ask(t, "GET", deskPath(tonight, maria)+"/dark", "", "")
	log := b.log.String()
	if !strings.Contains(log, "an editor acted on a desk page") || strings.Count(log, "page not served") != 2 {
		t.Errorf("got %s", log)
	}
	for _, secret := range []string{key.Desk(tonight, maria), "nonsense", maria} {
		if strings.Contains(log, secret) {
			t.Errorf("%s is in %s", secret, log)
		}
	}
}
