package gather

import (
	"context"
	"errors"
	"sync"
	"time"

	"vesper/digest/intake/fetch"
)

// Pause is how long a host is left alone between two requests, unless a publisher's word is
// waited for: whether a picked story is still there is asked at once.
const Pause = time.Second

// hosts keeps the peace with each host.
type hosts struct {
	mu  sync.Mutex
	all map[string]*host
}

// host is one that was asked.
type host struct {
	// turn holds a token while nobody asks it.
	turn chan struct{}
	// asked is when it answered last. It asked not to be asked for pages until then, with
	// code. Whoever has the turn may read and set them.
	asked, until time.Time
	code         int
}

func (h *hosts) of(address string) *host {
	h.mu.Lock()
	defer h.mu.Unlock()
	name := hostOf(address)
	if h.all == nil {
		h.all = map[string]*host{}
	}
	if h.all[name] == nil {
		h.all[name] = &host{turn: make(chan struct{}, 1)}
		h.all[name].turn <- struct{}{}
	}
	return h.all[name]
}

// polite asks a host for one thing at a time, with a pause between two. Pages are not asked
// for before the time that the host named (Retry-After, RFC 9110 10.2.3); a feed has a time
// of its own.
type polite struct {
	Getter
	hosts *hosts
	pause time.Duration
	pages bool
}

func (p polite) Get(ctx context.Context, r fetch.Request) (fetch.Response, error) {
	h := p.hosts.of(r.URL)
	select {
	case <-h.turn:
		defer func() { h.turn <- struct{}{} }()
	case <-ctx.Done():
		return fetch.Response{}, context.Cause(ctx)
	}
	if wait := time.Until(h.until); p.pages && wait > 0 {
		return fetch.Response{}, &fetch.StatusError{Code: h.code, After: wait}
	}
	if !h.asked.IsZero() {
		select {
		case <-time.After(time.Until(h.asked.Add(p.pause))):
		case <-ctx.Done():
			return fetch.Response{}, context.Cause(ctx)
		}
	}
	got, err := p.Getter.Get(ctx, r)
	h.asked = time.Now()
	var status *fetch.StatusError
	switch {
	case !p.pages:
	case errors.As(err, &status) && status.After > 0:
		h.until, h.code = h.asked.Add(min(status.After, longest)), status.Code
	case err == nil && got.After > 0:
		h.until, h.code = h.asked.Add(min(got.After, longest)), 503
	}
	return got, err
}

// within asks in the time of another context: what has come by then is still recorded.
type within struct {
	Getter
	asking context.Context
}

func (w within) Get(_ context.Context, r fetch.Request) (fetch.Response, error) {
	return w.Getter.Get(w.asking, r)
}
