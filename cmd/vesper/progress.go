package main

import (
	"context"
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"vesper/digest"
)

// progress is how far something long is.
type progress struct {
	// total is how much there is, done how much was done at the start.
	total, done int
	// unit is what is counted, in the plural.
	unit string
	// look gives how much is done by now.
	look func() int
	// line says it in words, after some time.
	line func(after time.Duration) string
}

// showProgress says on stderr how far something is, until the result is called: a
// bar on a terminal, a line every ten seconds elsewhere.
func (a *app) showProgress(ctx context.Context, p progress) (stop func()) {
	every, show, clearBar := 10*time.Second, func(after time.Duration) { fmt.Fprintln(a.stderr, p.line(after)) },
		func() error { return nil }
	if isTerminal(a.stderr) && a.env("TERM") != "dumb" {
		bar := progressbar.NewOptions(p.total, progressbar.OptionSetWriter(a.stderr), progressbar.OptionShowCount(),
			progressbar.OptionShowIts(), progressbar.OptionSetItsString(p.unit),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionEnableColorCodes(a.env("NO_COLOR") == ""))
		bar.Set(p.done)
		every, clearBar = time.Second, bar.Clear
		show = func(time.Duration) { bar.Set(min(p.look(), p.total)) }
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
		total: last.Opened, done: last.Opened - last.Owed(), unit: "messages", look: look,
		line: func(after time.Duration) string {
			look()
			return progressLine(first.Tally, last, after)
		},
	})
}

// progressLine says how far it is, how fast it goes and how long it takes yet.
func progressLine(first, now digest.Tally, after time.Duration) string {
	over := now.Opened - now.Owed()
	line := fmt.Sprintf("%d of %d done, %d sent, %d failed", over, now.Opened, now.Sent,
		now.Failed+now.Expired+now.Unknown)
	rate := float64(first.Owed()-now.Owed()) / after.Seconds()
	if rate <= 0 {
		return line
	}
	left := time.Duration(float64(now.Owed()) / rate * float64(time.Second))
	return fmt.Sprintf("%s, %.1f a second, %s left", line, rate, left.Round(time.Second))
}
