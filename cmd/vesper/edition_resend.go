package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"vesper/digest"
	"vesper/digest/breaker"
)

// codeForm is a code of a refusal for good: of RFC 3463, or of RFC 5321.
var codeForm = regexp.MustCompile(`^(5\.\d{1,3}\.\d{1,3}|5\d\d)$`)

// sampled is how many of the failed are shown before they are sent again.
const sampled = 5

// resending is which failed deliveries of an edition are to be sent again.
type resending struct {
	readers []int64
	sample  []digest.Failure
	// left counts those whose readers are not mailed any more.
	left int
}

// refused gives those that failed with this code or, without one, in words that mean us.
func (h *house) refused(ctx context.Context, number uint32, code string) (resending, error) {
	var r resending
	err := h.book.Refused(ctx, number, func(f digest.Failure, active bool) error {
		wanted := f.Enhanced == code || strconv.Itoa(f.Code) == code
		if code == "" {
			wanted = breaker.Ours(digest.Outcome{
				Class: digest.Permanent, Code: f.Code, Enhanced: f.Enhanced, Reply: f.Reply,
			})
		}
		switch {
		case !wanted:
		case !active:
			r.left++
		default:
			r.readers = append(r.readers, f.Subscriber)
			if len(r.sample) < sampled {
				r.sample = append(r.sample, f)
			}
		}
		return nil
	})
	return r, err
}

func (a *app) resendFailed(ctx context.Context, h *house, t digest.Tallied, f resolveFlags) error {
	until := f.until
	if until == 0 {
		until = time.Duration(h.config.Delivery.GiveUpAfter)
	}
	r, err := h.refused(ctx, t.Number, f.code)
	if err != nil {
		return err
	}
	some := count(len(r.readers), "refused message")
	a.print("edition %s: %s can be sent again, of %d that failed\n", t.ID, some, t.Tally.Failed)
	for _, one := range r.sample {
		a.print("  %s: %s %s\n", one.Address, code(one.Code), one.Reply)
	}
	if more := len(r.readers) - len(r.sample); more > 0 {
		a.print("  and %d more\n", more)
	}
	if r.left > 0 {
		a.print("not sent again: %s who unsubscribed, paused or is suppressed\n", count(r.left, "reader"))
	}
	if len(r.readers) == 0 {
		return nil
	}
	if err := a.mayMail(ctx, f.consent, fmt.Sprintf("Send %s again, for up to %s from now?", some, until)); err != nil {
		return err
	}
	now := a.now()
	n, err := h.aside(func() (int, error) { return h.book.ResendRefused(ctx, t.Number, r.readers, until, now) })
	if err != nil {
		return err
	}
	after, err := h.book.Record(ctx, t.ID)
	if err != nil {
		return err
	}
	a.print("%s will be sent again, until %s\n", count(n, "refused message"),
		moment(after.Ends(now), h.zone))
	a.sayPaused(t, n)
	return nil
}
