package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// slow sends the head of a POST and half of its body, and gives the answer.
func slow(t *testing.T, at, path, body string, fields ...string) *http.Response {
	t.Helper()
	c, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n%s", path, encoded,
		len(body)+10, strings.Join(fields, ""), body)
	c.SetReadDeadline(time.Now().Add(time.Minute))
	w, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.Body.Close()
	return w
}

// hasty is the pages with no patience for a body.
func hasty(t *testing.T, change func(*Pages)) bench {
	t.Helper()
	var p Pages
	b := serve(t, func(q *Pages) {
		if change != nil {
			change(q)
		}
		p = *q
	})
	s := p.site()
	s.forBody = 50 * time.Millisecond
	server := httptest.NewServer(s.handler())
	t.Cleanup(server.Close)
	b.Server = server
	return b
}

// The token is the word of whoever leaves: the provider need not finish its sentence.
func TestABodyThatDoesNotComeInTime(t *testing.T) {
	b := hasty(t, nil)
	at := b.Listener.Addr().String()
	if w := slow(t, at, "/u/"+token(), "List-Unsub"); w.StatusCode != http.StatusOK || b.list.left[reader] != 1 {
		t.Errorf("one click: got %d, left %v", w.StatusCode, b.list.left)
	}
	b.list.left = map[uint64]int{}
	// A browser's reader may have chosen a pause.
	if w := slow(t, at, "/u/"+token(), "inst", "Origin: null\r\n"); w.StatusCode != http.StatusRequestTimeout ||
		len(b.list.left) > 0 {
		t.Errorf("the page's button: got %d, left %v", w.StatusCode, b.list.left)
	}
	for _, path := range []string{"/s", "/p/" + preferToken(), "/c/" + confirmToken()} {
		if w := slow(t, at, path, "email="); w.StatusCode != http.StatusRequestTimeout || !b.list.untouched() {
			t.Errorf("%s: got %d", path, w.StatusCode)
		}
	}
	if strings.Contains(b.log.String(), "ERROR") {
		t.Errorf("the log has %s", b.log)
	}
}

func TestWhoLeavesIsAnsweredHoweverManyAreThere(t *testing.T) {
	for name, change := range map[string]func(*Pages){
		"all together": func(p *Pages) { p.AtOnce = 3 },
		"one client":   func(p *Pages) { p.Publication.BaseURL = "http://127.0.0.1" },
	} {
		var p Pages
		b := serve(t, func(q *Pages) { change(q); p = *q })
		most := p.AtOnce
		if most == 0 {
			most = maxOfOne
		}
		s := p.site()
		held, free := make(chan struct{}, 100), make(chan struct{})
		server := httptest.NewServer(s.inTurn(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/hold") {
				held <- struct{}{}
				<-free
			}
		})))
		t.Cleanup(server.Close)
		b.Server = server
		for range most {
			go func() {
				if w, err := http.Get(server.URL + "/hold"); err == nil {
					w.Body.Close()
				}
			}()
			<-held
		}
		if w, _ := b.ask(t, "GET", "/s", "", ""); w.StatusCode != http.StatusServiceUnavailable ||
			w.Header.Get("Retry-After") == "" {
			t.Errorf("%s: one more got %d, want 503", name, w.StatusCode)
		}
		if w, _ := b.ask(t, "POST", "//u/"+token(), encoded, oneClicks); w.StatusCode != http.StatusOK {
			t.Errorf("%s: who leaves got %d", name, w.StatusCode)
		}
		close(free)
	}
}

func TestAProxyThatNamesNobodyIsToldOfOnce(t *testing.T) {
	b := serve(t, func(p *Pages) { p.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	b.ask(t, "GET", "/", "", "")
	if b.log.Len() > 0 {
		t.Errorf("of a health check the log says %s", b.log)
	}
	for i := range 7 {
		w, _ := b.post(t, jsonKind, fmt.Sprintf(`{"email":"reader%d@reader.example"}`, i), "Origin", ownOrigin)
		if w.StatusCode != http.StatusOK {
			t.Errorf("sign-up %d: got %d", i, w.StatusCode)
		}
	}
	if n := strings.Count(b.log.String(), "X-Forwarded-For"); n != 1 {
		t.Errorf("told %d times:\n%s", n, b.log)
	}
	for _, client := range b.list.counted {
		if client.IsValid() {
			t.Errorf("counted as %s", client)
		}
	}
}

// A body may take its time, and what is done with it more.
func TestTheDeadlineEndsWithTheBody(t *testing.T) {
	b := hasty(t, nil)
	s := &site{Pages: Pages{}, forBody: 20 * time.Millisecond}
	gone := make(chan error, 1)
	server := httptest.NewServer(s.harden(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done():
			gone <- r.Context().Err()
		case <-time.After(200 * time.Millisecond):
			gone <- nil
		}
	})))
	t.Cleanup(server.Close)
	b.Server = server
	b.ask(t, "POST", "/", encoded, "x=y")
	if err := <-gone; err != nil {
		t.Errorf("the work was cut off: %v", err)
	}
}
