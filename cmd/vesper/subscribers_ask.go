package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/door"
)

// An import that asks stops by itself once so many letters were refused, and these are
// such a part of all: an old list costs a sender its name.
const (
	badList     = 10
	badListPart = 20 // one in
)

// askOptions are the flags of an import that asks readers to confirm.
type askOptions struct {
	ask, asked bool
	perMinute  int
}

func (o *askOptions) addTo(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.ask, "ask", false, "mail each unconfirmed reader one confirmation email")
	cmd.Flags().BoolVar(&o.asked, "asked", false, "with --ask: say that all of them asked for this paper")
	cmd.Flags().IntVar(&o.perMinute, "per-minute", 30, "with --ask: `NUMBER` of emails a minute")
	cmd.MarkFlagsMutuallyExclusive("ask", "confirmed")
}

func (o *askOptions) check() error {
	switch {
	case o.asked && !o.ask:
		return usage(errors.New("--asked needs --ask"), "--confirmed says that they have confirmed already")
	case o.perMinute < 1:
		return usage(fmt.Errorf("--per-minute %d: it must be 1 or more", o.perMinute), "")
	}
	return nil
}

// toAsk says whether a row's reader is asked: nothing proves or bars them.
func toAsk(row subscribers.Row) bool {
	return row.Subscriber.Status == subscribers.Unconfirmed && len(row.Reasons()) == 0
}

// askedJSON is what asking the readers of a file came to.
type askedJSON struct {
	// Asked were mailed the letter, Before had it, and On the list they are already.
	Asked  int `json:"asked"`
	Before int `json:"asked_before"`
	On     int `json:"already_there"`
	Barred int `json:"must_not_be_mailed"`
	// Refused are letters that the relay refused for good, Left readers not asked yet.
	Refused int `json:"refused"`
	Left    int `json:"left"`
}

func (r askedJSON) String() string {
	return fmt.Sprintf("%d asked, %d asked before, %d already there, %d must not be mailed", r.Asked, r.Before, r.On,
		r.Barred)
}

func (r *askedJSON) count(refused subscribers.Refusal) {
	switch refused {
	case subscribers.NotRefused:
		r.Asked++
	case subscribers.RefusedActive:
		r.On++
	case subscribers.RefusedBarred:
		r.Barred++
	default:
		r.Before++
	}
}

// mayAsk gives nil if the readers may be asked: all have a recorded sign-up, or the admin
// says that they asked.
func (a *app) mayAsk(ctx context.Context, h *house, readers []subscribers.Subscriber, o importOptions) error {
	unrecorded := 0
	for _, s := range readers {
		if s.Consent.AskedAt.IsZero() {
			unrecorded++
		}
	}
	if err := a.mayLeave(h, o.dryRun); err != nil || o.dryRun || unrecorded == 0 {
		return err
	}
	return a.ask(ctx, consent{yes: o.asked}, question{
		ask:   fmt.Sprintf("Did all %d ask you for this paper?", unrecorded),
		alone: fmt.Sprintf("nothing in the file says that %s asked for this paper", count(unrecorded, "reader")),
		hint:  "--asked says that they did", no: "nobody was mailed, and nothing was imported",
	})
}

// askReaders mails the letters, so many a minute. It ends early when ctx does, when the
// relay is not there, and when too many are refused.
func (a *app) askReaders(ctx context.Context, h *house, readers []subscribers.Subscriber, o importOptions,
) (r askedJSON, err error) {
	d := a.door(h, a.quiet())
	last, err := h.outbox.Last(ctx)
	if err != nil {
		return r, err
	}
	var done atomic.Int64
	defer a.showProgress(ctx, progress{
		total: len(readers), look: func() int { return int(done.Load()) },
		line: func(time.Duration) string { return fmt.Sprintf("%d of %d readers", done.Load(), len(readers)) },
	})()
	for i, s := range readers {
		r.Left = len(readers) - i
		if ctx.Err() != nil {
			return r, nil
		}
		refused, err := askOne(ctx, d, s, a.now(), o.dryRun)
		if err != nil {
			return r, err
		}
		r.count(refused)
		done.Add(1)
		if refused != subscribers.NotRefused || o.dryRun {
			continue
		}
		if err := a.mailAsked(ctx, h, last, &r); err != nil {
			r.Left--
			return r, err
		}
		await(ctx, time.Minute/time.Duration(o.perMinute))
	}
	r.Left = 0
	return r, nil
}

func askOne(ctx context.Context, d *door.Door, s subscribers.Subscriber, now time.Time, dryRun bool,
) (subscribers.Refusal, error) {
	if dryRun {
		return d.WouldAskOnce(ctx, s, now)
	}
	return d.AskOnce(ctx, s, now)
}

// mailAsked mails what was posted, unless another process does, and counts what the relay
// refused of the letters after one.
func (a *app) mailAsked(ctx context.Context, h *house, after int64, r *askedJSON) error {
	stopped, err := h.publisher.MailDue(ctx, a.hand(h, ""))
	if _, held := errors.AsType[*digest.HeldError](err); err != nil && !held {
		return err
	}
	letters, err := h.outbox.LettersAfter(context.WithoutCancel(ctx), after)
	if err != nil {
		return err
	}
	r.Refused = 0
	for _, l := range letters {
		// One that is not failed yet is under suspicion.
		if l.Step != digest.Sent && l.Code >= 500 {
			r.Refused++
		}
	}
	switch {
	case r.Refused >= badList && r.Refused*badListPart >= r.Asked:
		return &exitError{
			exitPartly, fmt.Errorf("stopped: the relay refused %d of %d emails", r.Refused, r.Asked),
			"an old list harms your reputation as a sender; check the addresses before you continue",
		}
	case stopped.Class != "":
		return &exitError{
			exitPartly, fmt.Errorf("stopped: %s", h.relayStopped(stopped)),
			"emails that wait are sent by the next command that sends mail; run this again for the others",
		}
	}
	return nil
}

// await waits, or until ctx ends.
func await(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// asks gives the readers of a file that are to be asked, and leaves them out of what is
// enrolled.
func (f *readersFile) asks() (readers []subscribers.Subscriber) {
	for _, p := range f.file.Parts {
		for row, err := range p.Rows() {
			if err == nil && toAsk(row) {
				readers = append(readers, row.Subscriber)
			}
		}
	}
	f.aside = toAsk
	return readers
}

// sayAsked says what asking came to, and what follows.
func (a *app) sayAsked(r askedJSON, dryRun bool) {
	if dryRun {
		a.print("asking would come to: %s\n", r)
		return
	}
	a.print("%s\n", r)
	if r.Left > 0 {
		a.tell("vesper: %s not asked yet: run it again to continue\n", were(r.Left, "reader"))
	}
	if r.Asked > 0 {
		a.tell("vesper: addresses not confirmed within 72 hours are deleted, and not asked again\n")
	}
}
