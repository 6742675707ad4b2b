package main

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
)

// progress is how far something long is.
type progress struct {
	// total is how much there is, done how much was done at the start.
	total, done int
	// look gives how much is done by now.
	look func() int
	// line says it in words, after some time.
	line func(after time.Duration) string
}

// showProgress says on stderr how far something is, until the result is called: a
// bar on a terminal, a line every ten seconds elsewhere.
func (a *app) showProgress(ctx context.Context, p progress) (stop func()) {
	every, show, clearBar := 10*time.Second, func(after time.Duration) { a.tell("%s\n", p.line(after)) },
		func() {}
	if isTerminal(a.stderr) && a.env("TERM") != "dumb" {
		every = time.Second
		show = func(after time.Duration) {
			done := pace{total: p.total, first: p.done, done: min(p.look(), p.total)}
			fmt.Fprintf(a.stderr, "\r\x1b[K%s", done.bar(after, columns(a.stderr)))
		}
		clearBar = func() { fmt.Fprint(a.stderr, "\r\x1b[K") }
	}
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	began := a.now()
	go func() {
		defer close(over)
		for ticks := time.NewTicker(every); ; {
			select {
			case <-ticks.C:
				show(a.now().Sub(began))
			case <-ctx.Done():
				ticks.Stop()
				return
			}
		}
	}()
	return func() {
		cancel()
		<-over
		clearBar()
	}
}

// countEvery is how often an edition's deliveries are counted at most: with a million
// readers that takes a while.
const countEvery = 5 * time.Second

// showEditionProgress follows an edition's ledger on stderr until the result is
// called.
func (a *app) showEditionProgress(ctx context.Context, h *house, id digest.ID) (stop func()) {
	first, err := h.book.Tallied(ctx, id)
	if err != nil {
		return func() {} // whoever follows says what is wrong
	}
	last, counted := first.Tally, a.now()
	look := func() int {
		if now := a.now(); now.Sub(counted) >= countEvery {
			if t, err := h.book.Tallied(ctx, id); err == nil {
				last, counted = t.Tally, now
			}
		}
		return last.Opened - last.Owed()
	}
	return a.showProgress(ctx, progress{
		total: last.Opened, done: last.Opened - last.Owed(), look: look,
		line: func(after time.Duration) string {
			look()
			return progressLine(first.Tally, last, after)
		},
	})
}

// progressLine says how far it is, how fast it goes and how long it takes yet.
func progressLine(first, now digest.Tally, after time.Duration) string {
	p := pace{now.Opened, first.Opened - first.Owed(), now.Opened - now.Owed()}
	line := fmt.Sprintf("%d of %d done, %d sent, %d failed", p.done, now.Opened, now.Sent,
		now.Failed+now.Expired+now.Unknown)
	rate := p.rate(after)
	if rate == 0 {
		return line
	}
	return fmt.Sprintf("%s, %.1f a second, %s left", line, rate, p.left(rate))
}
