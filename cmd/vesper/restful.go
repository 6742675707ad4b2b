package main

import (
	"context"
	"io"
	"slices"
	"time"
)

// rest makes way for others: it rests twice as long as it has worked, as long as it is on.
type rest struct {
	ctx  context.Context
	on   bool
	last time.Time
}

// longestRest bounds one rest: what took long may have been others' work.
const longestRest = 100 * time.Millisecond

func (r *rest) take() {
	if !r.on {
		return
	}
	if !r.last.IsZero() {
		late := time.NewTimer(min(2*time.Since(r.last), longestRest))
		select {
		case <-late.C:
		case <-r.ctx.Done():
			late.Stop()
		}
	}
	r.last = time.Now()
}

// restful reads, and rests after each megabyte.
type restful struct {
	io.Reader
	rest  *rest
	since int
}

func (r *restful) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if r.since += n; r.since >= 1<<20 {
		r.since = 0
		r.rest.take()
	}
	return n, err
}

// beingSentNow says whether an edition is being sent.
func beingSentNow(ctx context.Context, h *house) bool {
	under, err := h.book.Unfinished(ctx)
	return err == nil && slices.ContainsFunc(under, beingSent(h.publisher.Now()))
}
