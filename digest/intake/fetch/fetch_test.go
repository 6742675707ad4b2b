package fetch

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// serve gives a server on loopback, and a client that may go there.
func serve(t *testing.T, handler http.HandlerFunc) (*httptest.Server, *Client) {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s, New("Vesper/test", loopback)
}

func TestWhatIsGotTellsWhatItNeedsNextTime(t *testing.T) {
	s, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"7"`)
		w.Header().Set("Cache-Control", "public, max-age=600")
		w.Header().Set("Age", "60")
		if r.Header.Get("If-None-Match") == `"7"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "application/rss+xml")
		io.WriteString(w, "<rss/>"+r.UserAgent())
	})
	first, err := c.Get(t.Context(), Request{URL: s.URL})
	if err != nil || string(first.Body) != "<rss/>Vesper/test" || first.Type != "application/rss+xml" ||
		first.Fresh != 9*time.Minute || first.Moved != "" {
		t.Fatalf("got %+v, %v", first, err)
	}
	again, err := c.Get(t.Context(), Request{URL: s.URL, ETag: first.ETag, Modified: first.Modified})
	if err != nil || !again.Same || again.ETag != `"7"` || again.Body != nil {
		t.Errorf("got %+v, %v", again, err)
	}
}

func TestOnlyPublicAddressesAreDialled(t *testing.T) {
	reached := atomic.Int32{}
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer s.Close()
	port := s.URL[strings.LastIndexByte(s.URL, ':'):]
	c := New("Vesper/test", nil)
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "127.1"} {
		if _, err := c.Get(t.Context(), Request{URL: "http://" + host + port}); err == nil {
			t.Errorf("%s is fetched", host)
		}
	}
	for _, host := range []string{"10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "[fd00::1]", "[fe80::1]", "[64:ff9b::a00:1]"} {
		if _, err := c.Get(t.Context(), Request{URL: "http://" + host + "/"}); !errors.Is(err, ErrPrivate) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if reached.Load() > 0 {
		t.Error("loopback was reached")
	}
}

func TestARedirectLeadsToNoPrivateAddress(t *testing.T) {
	s, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
	})
	if _, err := c.Get(t.Context(), Request{URL: s.URL}); !errors.Is(err, ErrPrivate) {
		t.Errorf("got %v", err)
	}
}

func TestAStraightClientFollowsNoRedirect(t *testing.T) {
	asked := 0
	s, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	c.Straight = true
	if _, err := c.Get(t.Context(), Request{URL: s.URL}); !errors.Is(err, ErrRedirected) || asked != 1 {
		t.Errorf("got %v after %d requests", err, asked)
	}
}

func TestRedirectsHaveALimit(t *testing.T) {
	asked := 0
	s, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
	})
	if _, err := c.Get(t.Context(), Request{URL: s.URL + "/"}); !errors.Is(err, ErrRedirects) || asked != MaxRedirects+1 {
		t.Errorf("got %v after %d requests", err, asked)
	}
}

func TestNothingIsFetchedInTheClearThatWasSecret(t *testing.T) {
	plain, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<rss/>") })
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, plain.URL, http.StatusMovedPermanently)
	}))
	defer s.Close()
	c := New("Vesper/test", loopback)
	c.http.Transport.(*http.Transport).TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig
	if _, err := c.Get(t.Context(), Request{URL: s.URL}); !errors.Is(err, ErrDowngrade) {
		t.Errorf("got %v", err)
	}
}

func TestOnlyAMoveForGoodChangesTheAddress(t *testing.T) {
	s, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/old":
			http.Redirect(w, r, "/new", http.StatusMovedPermanently)
		case "/today":
			http.Redirect(w, r, "/old", http.StatusFound)
		}
	})
	old, err := c.Get(t.Context(), Request{URL: s.URL + "/old"})
	if err != nil || old.Moved != s.URL+"/new" {
		t.Errorf("got %q, %v", old.Moved, err)
	}
	today, err := c.Get(t.Context(), Request{URL: s.URL + "/today"})
	if err != nil || today.Moved != "" || today.URL.Path != "/new" {
		t.Errorf("got %q at %v, %v", today.Moved, today.URL, err)
	}
}

func TestCredentialsAreNeitherSentNorTold(t *testing.T) {
	var header http.Header
	s, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		header = r.Header.Clone()
		w.WriteHeader(http.StatusForbidden)
	})
	address := strings.Replace(s.URL, "http://", "http://ana:secret@", 1)
	_, err := c.Get(t.Context(), Request{URL: address})
	if err == nil || strings.Contains(err.Error(), "secret") || header.Get("Authorization") != "" {
		t.Errorf("got %v, sent %v", err, header)
	}
	for _, bad := range []string{"ftp://ana:secret@x.example/", "http://ana:secret@/", "http://ana:secret@x.example:a/", "secret://x"} {
		if _, err := c.Get(t.Context(), Request{URL: bad}); !errors.Is(err, ErrURL) || strings.Contains(err.Error(), "ana:secret") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestEachRangeThatIsAllowedIsDialled: there may be several.
func TestEachRangeThatIsAllowedIsDialled(t *testing.T) {
	s, _ := serve(t, func(http.ResponseWriter, *http.Request) {})
	for _, allowed := range [][]netip.Prefix{
		{loopback[0], netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")},
		{netip.MustParsePrefix("10.0.0.0/8"), loopback[0], netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("fd00::/8")},
	} {
		if _, err := New("Vesper/test", allowed).Get(t.Context(), Request{URL: s.URL}); err != nil {
			t.Errorf("%v: %v", allowed, err)
		}
	}
}

// TestAnErrorIsTheSameEachTime: the port that we call from is not in it.
func TestAnErrorIsTheSameEachTime(t *testing.T) {
	s, c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	})
	_, first := c.Get(t.Context(), Request{URL: s.URL})
	_, second := c.Get(t.Context(), Request{URL: s.URL})
	if first == nil || second == nil || first.Error() != second.Error() || strings.Contains(first.Error(), "127.0.0.1") {
		t.Errorf("got %v, then %v", first, second)
	}
}

func TestASlowServerIsLeft(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"a byte now and then": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				select {
				case <-r.Context().Done():
				case <-time.After(10 * time.Millisecond):
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, c := serve(t, handler)
			c.Deadline = 200 * time.Millisecond
			if _, err := c.Get(t.Context(), Request{URL: s.URL}); !errors.Is(err, ErrTooSlow) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAServerThatRefusesSaysHowLong(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"120": 2 * time.Minute, "-5": 0, "1e9": 0, "999999999": longest, "": 0,
		"Fri, 27 Nov 2026 18:05:00 GMT": 5 * time.Minute, "Fri, 27 Nov 2026 17:00:00 GMT": 0,
	} {
		s, c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", "Fri, 27 Nov 2026 18:00:00 GMT")
			w.Header().Set("Retry-After", value)
			w.WriteHeader(http.StatusTooManyRequests)
		})
		_, err := c.Get(t.Context(), Request{URL: s.URL})
		var status *StatusError
		if !errors.As(err, &status) || status.Code != 429 || status.After != want || status.Gone() {
			t.Errorf("%q: %v, %+v", value, err, status)
		}
	}
}

func TestNoProxyIsAsked(t *testing.T) {
	s, c := serve(t, func(w http.ResponseWriter, _ *http.Request) {})
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, "http://127.0.0.1:1/")
	}
	if _, err := c.Get(t.Context(), Request{URL: s.URL}); err != nil {
		t.Errorf("%v, with %s", err, os.Getenv("HTTP_PROXY"))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Get(ctx, Request{URL: s.URL}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
