package web

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"vesper/subscribers"
)

// stuckOn is what programs on the way make of a link, TOKEN being what we sent.
var stuckOn = []string{
	"TOKEN&utm_source=x", "TOKEN.", "TOKEN%3E", "TOKEN%20", "TOKEN=", "TOKEN/", "TOKEN//", "TOKEN)", "TOKEN%22%3E",
	"TOKEN?utm_source=x", "TOKEN;", "TOKEN,%20thanks", "TOKEN%0D%0A", "%20TOKEN", "%3CTOKEN%3E", "TOKEN/.",
	"TOKEN&fbclid=IwAR0abc_-", "TOKEN%C2%A0", "TOKEN%E2%80%8B", "TOKEN*", "TOKEN/index.html", "TOKEN.html", "TOKEN%00",
	"/TOKEN", "TOKEN%2F", "TOKENA", "TOKEN%253E",
}

func TestWhatIsStuckOnALinkIsNoPartOfIt(t *testing.T) {
	b := serve(t, nil)
	for _, stuck := range append(stuckOn, "wrapped") {
		for what, c := range map[string]struct {
			path, token, body string
		}{
			"one click": {"/u/", token(), oneClicks},
			"button":    {"/u/", token(), ""},
			"prefer":    {"/p/", preferToken(), "form=plain"},
			"confirm":   {"/c/", confirmToken(), ""},
		} {
			*b.list = *newList()
			if what == "confirm" {
				b.list.readers[reader] = subscribers.Subscriber{PublicID: reader, Status: subscribers.Unconfirmed}
			}
			link := strings.Replace(stuck, "TOKEN", c.token, 1)
			if stuck == "wrapped" {
				link = c.token[:10] + "=%0D%0A" + c.token[10:20] + "%0A%20" + c.token[20:]
			}
			if w, _ := b.ask(t, "GET", c.path+link, "", ""); w.StatusCode != http.StatusOK {
				t.Errorf("GET, %s with %s: got %d, want 200", what, stuck, w.StatusCode)
			}
			if !b.list.untouched() {
				t.Errorf("GET, %s with %s does something", what, stuck)
			}
			w, _ := b.ask(t, "POST", c.path+link, encoded, c.body)
			if w.StatusCode != http.StatusOK || b.list.untouched() {
				t.Errorf("%s with %s: got %d, and the list is touched: %v", what, stuck, w.StatusCode,
					!b.list.untouched())
			}
		}
	}
}

// TestWhatIsStuckOnALinkToAnEditionIsNoPartOfIt: readers pass such links on, in the middle of a sentence.
func TestWhatIsStuckOnALinkToAnEditionIsNoPartOfIt(t *testing.T) {
	b := serve(t, nil)
	edition := "/e/2026-11-22-evening"
	for _, link := range []string{edition, edition + "/" + url.PathEscape("tidal gates/ü"), "/e/latest", "/e/feed.atom"} {
		want, _ := b.ask(t, "GET", link, "", "")
		for _, stuck := range []string{
			"", ".", ",", ")", ").", "!", ";", "/", "%3E", "%22%3E", "%20", "%0D%0A", "%C2%A0", "%E2%80%8B", "*",
			"?utm_source=x", "&utm_source=x", ",%20", "%E2%80%99", "/?utm_source=x",
		} {
			if w, _ := b.ask(t, "GET", link+stuck, "", ""); w.StatusCode != want.StatusCode || want.StatusCode >= 400 {
				t.Errorf("%s%s: got %d, want %d", link, stuck, w.StatusCode, want.StatusCode)
			}
		}
	}
	for _, other := range []string{"x", "-2", ".txt", "/x", "/tidal"} {
		if w, _ := b.ask(t, "GET", edition+other, "", ""); w.StatusCode != http.StatusNotFound {
			t.Errorf("%s%s: got %d, want 404", edition, other, w.StatusCode)
		}
	}
}

func TestNoRequestToLeaveIsRedirected(t *testing.T) {
	b := serve(t, nil)
	for _, path := range []string{"//u/", "/u//", "/./u/", "///u///", "/x/../u/"} {
		w, body := b.ask(t, "POST", path+token(), encoded, oneClicks)
		if w.StatusCode != http.StatusOK || body != "You are unsubscribed.\n" {
			t.Errorf("POST %s: got %d %q", path, w.StatusCode, body)
		}
	}
	if b.list.left[reader] != 5 {
		t.Errorf("%d requests of 5 came through", b.list.left[reader])
	}
}

// TestAPageLeadsOnFromWhereverItIsServed: the way back is relative to the address that
// the browser has.
func TestAPageLeadsOnFromWhereverItIsServed(t *testing.T) {
	b := serve(t, nil)
	for _, path := range []string{"/u/TOKEN", "/u/TOKEN/", "/u/TOKEN/x/y", "/u//TOKEN", "/p/nonsense/", "/u/"} {
		path = strings.Replace(path, "TOKEN", token(), 1)
		_, page := b.ask(t, "POST", path, encoded, "")
		_, rest, _ := strings.Cut(page, `class="way" href="`)
		href, _, _ := strings.Cut(rest, `"`)
		base, err := url.Parse("https://mail.courier.example/below" + path)
		if err != nil {
			t.Fatal(err)
		}
		to, err := base.Parse(href)
		if err != nil || to.Path != "/below/s" {
			t.Errorf("%s: %q leads to %v, want /below/s", path, href, to)
		}
	}
}

func TestLinksThatSomethingChangesAreToldOnceAnHour(t *testing.T) {
	b := serve(t, nil)
	flipped := token()[:30] + "xxxxxx"
	told := func() int { return strings.Count(b.log.String(), "level=WARN") }
	// The operator looks whether a wrong link is answered as one. That says nothing.
	theirs := key.Link(subscribers.ToSee, reader, b.now.Add(time.Minute))
	got, _ := b.ask(t, "POST", "/u/"+theirs, encoded, oneClicks)
	if got.StatusCode != http.StatusBadRequest || told() != 0 {
		t.Errorf("the operator's own try: got %d, told %d times", got.StatusCode, told())
	}
	for range 5 {
		b.ask(t, "POST", "/u/"+flipped, encoded, oneClicks)
	}
	if told() != 1 {
		t.Errorf("told %d times in an hour, want once:\n%s", told(), b.log)
	}
	*b.now = b.now.Add(time.Hour)
	b.ask(t, "POST", "/u/"+flipped, encoded, oneClicks)
	if told() != 2 || !strings.Contains(b.log.String(), "requests=5") {
		t.Errorf("told %d times in two hours, want twice, with the 5 since the first:\n%s", told(), b.log)
	}
	if strings.Contains(b.log.String(), flipped) {
		t.Error("the log has the link")
	}
}

// TestAReadersWordCountsThoughTheSenderHangsUp: providers have little patience.
func TestAReadersWordCountsThoughTheSenderHangsUp(t *testing.T) {
	b := serve(t, nil)
	handler := b.Config.Handler
	for _, c := range []struct{ path, body string }{
		{"/u/" + token(), "instead=weekend"},
		{"/p/" + preferToken(), "form=plain"},
		{"/u/" + token(), oneClicks},
		{"/s", "email=ines%40reader.example"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r := httptest.NewRequest("POST", c.path, strings.NewReader(c.body)).WithContext(ctx)
		r.Header.Set("Content-Type", encoded)
		r.Header.Set("Origin", ownOrigin)
		b.list.strict = true
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	if b.list.left[reader] != 1 || len(b.list.chosen) != 1 || len(b.list.asked) != 1 {
		t.Errorf("left %v, chosen %v, asked %v: want each to count", b.list.left, b.list.chosen, b.list.asked)
	}
	if strings.Contains(b.log.String(), "level=ERROR") {
		t.Errorf("a sender who hangs up is an error:\n%s", b.log)
	}
}

func TestWhatIsCutOffInTheMiddleChoosesNothing(t *testing.T) {
	b := serve(t, nil)
	for _, path := range []string{"/p/" + preferToken(), "/c/" + confirmToken()} {
		c, err := net.Dial("tcp", b.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Write([]byte("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: " + encoded +
			"\r\nContent-Length: 40\r\n\r\nevenings=own&day=mon"))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		// The answer, whatever it is, comes once the handler is done.
		_, _ = c.Read(make([]byte, 1))
		c.Close()
	}
	b.Close()
	if !b.list.untouched() {
		t.Errorf("chosen %v, confirmed %v", b.list.chosen, b.list.confirmed)
	}
}

func TestWhatWasPrintedIsFetchedOnce(t *testing.T) {
	b := serve(t, nil)
	w, _ := b.ask(t, "GET", "/e/2026-11-22-evening", "", "")
	tag := w.Header.Get("ETag")
	if tag == "" || !strings.HasPrefix(w.Header.Get("Cache-Control"), "public") {
		t.Fatalf("got the tag %q, Cache-Control %q", tag, w.Header.Get("Cache-Control"))
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", b.URL+"/e/2026-11-22-evening", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("If-None-Match", tag)
	again, err := b.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	again.Body.Close()
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("got %d, want 304", again.StatusCode)
	}
}

func TestAPromiseOfHTTPSBindsNoHostThatIsNotOurs(t *testing.T) {
	for base, want := range map[string]string{
		"https://mail.courier.example": "max-age=31536000", "https://www.courier.example/mail": "",
		"http://mail.courier.example": "",
	} {
		b := serve(t, func(p *Pages) { p.Publication.BaseURL = base })
		if w, _ := b.ask(t, "GET", "/s", "", ""); w.Header.Get("Strict-Transport-Security") != want {
			t.Errorf("%s: got %q, want %q", base, w.Header.Get("Strict-Transport-Security"), want)
		}
	}
}
