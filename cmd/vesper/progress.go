package main

import (
	"context"
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"vesper/digest"
)

// progress shows how far a run is, after some time of it.
type progress interface {
	show(t digest.Tally, after time.Duration)
	clear()
}

// showProgress follows an edition's ledger on stderr until the result is
// called: a bar on a terminal, a line every ten seconds elsewhere.
func (a *app) showProgress(ctx context.Context, h *house, id digest.ID) (done func()) {
	first, err := h.store.Record(ctx, id)
	if err != nil {
		return func() {} // whoever follows says what is wrong
	}
	every, p := 10*time.Second, progress(&progressLines{app: a, first: first.Tally})
	if isTerminal(a.stderr) && a.env("TERM") != "dumb" {
		every, p = time.Second, a.progressBar(first.Tally)
	}
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		for began := time.Now(); ; {
			if sleep(ctx, every); ctx.Err() != nil {
				return
			}
			if r, err := h.store.Record(ctx, id); err == nil {
				p.show(r.Tally, time.Since(began))
			}
		}
	}()
	return func() {
		cancel()
		<-over
		p.clear()
	}
}

// progressLines says it in a line each time.
type progressLines struct {
	app   *app
	first digest.Tally
}

func (p *progressLines) show(t digest.Tally, after time.Duration) {
	fmt.Fprintln(p.app.stderr, progressLine(p.first, t, after))
}

func (p *progressLines) clear() {}

// progressLine says how far it is, how fast it goes and how long it takes yet.
func progressLine(first, now digest.Tally, after time.Duration) string {
	over := now.Opened - now.Owed()
	line := fmt.Sprintf("%d of %d done, %d sent, %d failed", over, now.Opened, now.Sent, now.Failed+now.Expired+now.Unknown)
	rate := float64(first.Owed()-now.Owed()) / after.Seconds()
	if rate <= 0 {
		return line
	}
	left := time.Duration(float64(now.Owed()) / rate * float64(time.Second))
	return fmt.Sprintf("%s, %.1f a second, %s left", line, rate, left.Round(time.Second))
}

// progressBar draws a bar with the rate and the time left, and takes it away.
type progressBar struct{ bar *progressbar.ProgressBar }

func (a *app) progressBar(first digest.Tally) *progressBar {
	b := progressbar.NewOptions(first.Opened, progressbar.OptionSetWriter(a.stderr), progressbar.OptionShowCount(),
		progressbar.OptionShowIts(), progressbar.OptionSetItsString("messages"), progressbar.OptionSetPredictTime(true),
		progressbar.OptionEnableColorCodes(a.env("NO_COLOR") == ""))
	b.Set(first.Opened - first.Owed())
	return &progressBar{b}
}

func (p *progressBar) show(t digest.Tally, _ time.Duration) { p.bar.Set(t.Opened - t.Owed()) }

func (p *progressBar) clear() { p.bar.Clear() }
