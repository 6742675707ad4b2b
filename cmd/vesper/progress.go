package main

import (
	"context"
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"vesper/digest"
)

// showProgress follows an edition's ledger on stderr until the result is
// called: a bar on a terminal, a line every ten seconds elsewhere.
func (a *app) showProgress(ctx context.Context, h *house, id digest.ID) (done func()) {
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	every, show, clear := 10*time.Second, a.progressLine(), func() {}
	if isTerminal(a.stderr) && a.env("TERM") != "dumb" {
		every = time.Second
		show, clear = a.progressBar()
	}
	go func() {
		defer close(over)
		for ctx.Err() == nil {
			sleep(ctx, every)
			if r, err := h.store.Record(ctx, id); err == nil {
				show(r.Tally)
			}
		}
	}()
	return func() {
		cancel()
		<-over
		clear()
	}
}

// progressLine says how far it is, how fast it goes and how long it takes yet.
func (a *app) progressLine() func(digest.Tally) {
	began, first := time.Now(), -1
	return func(t digest.Tally) {
		over := t.Opened - t.Owed()
		if first < 0 {
			first = over
		}
		line := fmt.Sprintf("%d of %d done, %d sent, %d failed", over, t.Opened, t.Sent, t.Failed+t.Expired+t.Unknown)
		if rate := float64(over-first) / time.Since(began).Seconds(); rate > 0 {
			left := time.Duration(float64(t.Owed()) / rate * float64(time.Second))
			line += fmt.Sprintf(", %.0f a second, %s left", rate, left.Round(time.Second))
		}
		fmt.Fprintln(a.stderr, line)
	}
}

// progressBar draws a bar with the rate and the time left, and takes it away.
func (a *app) progressBar() (show func(digest.Tally), clear func()) {
	var bar *progressbar.ProgressBar
	show = func(t digest.Tally) {
		if bar == nil {
			bar = progressbar.NewOptions(t.Opened, progressbar.OptionSetWriter(a.stderr), progressbar.OptionShowCount(),
				progressbar.OptionShowIts(), progressbar.OptionSetItsString("messages"), progressbar.OptionSetPredictTime(true),
				progressbar.OptionEnableColorCodes(a.env("NO_COLOR") == ""))
		}
		bar.Set(t.Opened - t.Owed())
	}
	clear = func() {
		if bar != nil {
			bar.Clear()
		}
	}
	return show, clear
}
