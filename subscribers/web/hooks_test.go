package web

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// hookFake answers below /hooks/right/ alone, once it may.
type hookFake struct {
	mu   sync.Mutex
	got  []int
	wait chan struct{}
	in   chan struct{}
}

func (h *hookFake) Serve(w http.ResponseWriter, r *http.Request) bool {
	if !strings.HasPrefix(r.URL.Path, "/hooks/right/") {
		return false
	}
	if h.wait != nil {
		h.in <- struct{}{}
		<-h.wait
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return true
	}
	h.mu.Lock()
	h.got = append(h.got, len(body))
	h.mu.Unlock()
	return true
}

// TestHooksGetTheirRequestsWhole: they are larger than a reader's, and only theirs are.
func TestHooksGetTheirRequestsWhole(t *testing.T) {
	hook := &hookFake{}
	b := serve(t, func(p *Pages) { p.Hooks = hook })
	large := strings.Repeat("x", 1<<19)
	for _, path := range []string{"/hooks/right/way", "//hooks//right/./way", "/x/../hooks/right/way"} {
		if w, _ := b.ask(t, "POST", path, "application/json", large); w.StatusCode != http.StatusOK {
			t.Errorf("%s: got %d", path, w.StatusCode)
		}
	}
	for _, n := range hook.got {
		if n != len(large) {
			t.Errorf("got %d octets", n)
		}
	}
	if w, _ := b.ask(t, "POST", "/s", encoded, "email="+large); w.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a large sign-up: got %d", w.StatusCode)
	}
}

// TestAHookThatIsNoneIsAPageThatIsNotThere, and the same without any hooks.
func TestAHookThatIsNoneIsAPageThatIsNotThere(t *testing.T) {
	with, without := serve(t, func(p *Pages) { p.Hooks = &hookFake{} }), serve(t, nil)
	for _, path := range []string{"/hooks", "/hooks/", "/hooks/wrong", "/hooks/wrong/way", "/hooks/righ"} {
		for _, method := range []string{"GET", "POST", "PUT"} {
			w, page := with.ask(t, method, path, "application/json", "{}")
			want, wanted := without.ask(t, method, path, "application/json", "{}")
			if w.StatusCode != http.StatusNotFound || w.StatusCode != want.StatusCode || page != wanted ||
				len(w.Header) != len(want.Header) {
				t.Errorf("%s %s: got %d, want %d", method, path, w.StatusCode, want.StatusCode)
			}
		}
	}
	if with.log.Len() > 0 {
		t.Errorf("logged %s", with.log)
	}
}

// TestWhoLeavesDoesNotWaitForHooks: all that may be worked on at once are hooks.
func TestWhoLeavesDoesNotWaitForHooks(t *testing.T) {
	hook := &hookFake{wait: make(chan struct{}), in: make(chan struct{})}
	b := serve(t, func(p *Pages) { p.Hooks, p.AtOnce = hook, 3 })
	var done sync.WaitGroup
	for range 3 {
		done.Go(func() { b.ask(t, "POST", "/hooks/right/way", "application/json", "{}") })
		<-hook.in
	}
	if w, _ := b.ask(t, "POST", "/u/"+token(), encoded, oneClicks); w.StatusCode != http.StatusOK ||
		b.list.left[reader] != 1 {
		t.Errorf("got %d", w.StatusCode)
	}
	close(hook.wait)
	done.Wait()
}
