package web

import (
	"io"
	"net/http"
	"net/netip"
	"path"
	"strings"
	"sync"
	"time"
)

// maxOfOne is how many requests of one client are worked on at once. Behind a proxy all
// clients come over its connections.
const maxOfOne = 16

// crowd counts the requests that are worked on. Those to leave are never refused, and
// keep the rest of the connections.
type crowd struct {
	mu sync.Mutex
	n  int
	of map[netip.Addr]int
}

// enter says whether a client's request may be worked on while there are no more than
// most. Leave takes it out again.
func (c *crowd) enter(client netip.Addr, most int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if most > 0 && c.n >= most || client.IsValid() && c.of[client] >= maxOfOne {
		return false
	}
	c.n++
	c.of[client]++
	return true
}

func (c *crowd) leave(client netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n--
	if c.of[client]--; c.of[client] == 0 {
		delete(c.of, client)
	}
}

// inTurn keeps one client, or all but those who leave, from taking every connection.
func (s *site) inTurn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.nameless(r)
		if strings.HasPrefix(path.Clean("/"+r.URL.Path), "/u/") {
			next.ServeHTTP(w, r)
			return
		}
		client := s.counted(r)
		if !s.crowd.enter(client, s.AtOnce) {
			w.Header().Set("Retry-After", "5")
			w.Header().Set("Connection", "close")
			s.say(w, http.StatusServiceUnavailable, s.words.Pages.Unavailable)
			return
		}
		defer s.crowd.leave(client)
		next.ServeHTTP(w, r)
	})
}

// nameless tells, once, of a trusted proxy that does not say for whom it asks. A health
// check of its own, which is nobody's, is no POST.
func (s *site) nameless(r *http.Request) {
	if r.Method != http.MethodPost || r.Header.Get("X-Forwarded-For") != "" {
		return
	}
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !s.trusted(plain(at.Addr())) {
		return
	}
	s.unnamed.Do(func() {
		s.Log.WarnContext(r.Context(), "a trusted proxy sends no X-Forwarded-For, so clients are not known, and limits "+
			"are only for all together; set that field in the proxy", "proxy", plain(at.Addr()))
	})
}

// forBody is how long a request's body may take. A few hundred octets come in one piece.
const forBody = 5 * time.Second

// hurried is a body that must come in time.
type hurried struct {
	io.ReadCloser
	answer *http.ResponseController
	within time.Duration
	begun  bool
}

// Read implements io.Reader. Where there is no connection there is no deadline.
func (h *hurried) Read(b []byte) (int, error) {
	if !h.begun {
		h.begun = true
		_ = h.answer.SetReadDeadline(time.Now().Add(h.within))
	}
	n, err := h.ReadCloser.Read(b)
	if err == io.EOF {
		// The work may take longer than the body.
		_ = h.answer.SetReadDeadline(time.Time{})
	}
	return n, err
}
