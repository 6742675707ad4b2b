package main

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/digest/publish"
)

// near refuses a day that is so far off that it is a slip of the pen: an edition that
// is opened stays.
func near(date, today digest.Date) error {
	off := int(date.In(time.UTC).Sub(today.In(time.UTC)).Hours() / 24)
	if max(off, -off) <= digest.Ahead {
		return nil
	}
	which := "after"
	if off < 0 {
		which, off = "before", -off
	}
	return usage(fmt.Errorf("%s is %s %s today, %s", date, count(off, "day"), which, today),
		"if that is right, use --force")
}

// openEdition opens what was decided, after a question. An edition that is open
// already is asked about too, as far as anything of it is owed.
func (a *app) openEdition(ctx context.Context, h *house, d publish.Decision, c consent) (publish.Decision, error) {
	switch d.Refusal.Kind {
	case publish.Opened:
		return d, a.mayFinish(ctx, h, d.Record, c)
	case "":
	default:
		for _, flaw := range d.Flaws {
			a.flaw(flaw)
		}
		return d, refused(d)
	}
	for _, flaw := range d.Flaws {
		a.flaw(flaw)
	}
	a.announce(d)
	a.warnOfPace(h, d)
	if trim, size, err := h.renderer.Trimmed(d.Edition); err == nil {
		a.warnOfSize(trim, size)
	}
	if err := a.mayMail(ctx, c, fmt.Sprintf("Send it to %s?", count(d.Recipients, "recipient"))); err != nil {
		return d, err
	}
	d, err := h.publisher.Open(ctx, d)
	if err != nil || !d.Refused() || d.Refusal.Kind == publish.Opened {
		// Another process that was a moment faster opened the same edition.
		return d, err
	}
	return d, refused(d)
}

// mayFinish asks whether an edition that was opened before is to be finished.
func (a *app) mayFinish(ctx context.Context, h *house, r digest.Record, c consent) error {
	if r.State == digest.Done || r.State == digest.Cancelled {
		return nil
	}
	t, err := h.book.Tallied(ctx, r.ID)
	if err != nil {
		return err
	}
	owed := count(t.Tally.Owed(), "recipient")
	if r.Frozen(a.now()) {
		a.tell("edition %s is %s, for %s\n", r.ID, h.frozen(r), owed)
		return a.mayMail(ctx, c, fmt.Sprintf("Send it to %s now?", owed))
	}
	a.tell("edition %s is %s: %s not sent yet\n", r.ID, r.State, owed)
	return a.mayMail(ctx, c, fmt.Sprintf("Send it to %s?", owed))
}

// refused gives the status and the words for an edition that can't be sent.
func refused(d publish.Decision) error {
	why := fmt.Errorf("edition %s: %s", d.Edition.ID, d.Refusal.Reason)
	switch d.Refusal.Kind {
	case publish.Held:
		return &exitError{
			exitHeld, fmt.Errorf("edition %s is held %s", d.Edition.ID, d.Refusal.Reason),
			fmt.Sprintf("\"vesper edition release %s\" lets it go", d.Edition.ID),
		}
	case publish.TooFew:
		return &exitError{
			exitNothing, fmt.Errorf("nothing to send: the desk has %s for edition %s, which needs at least %d",
				count(len(d.Edition.Articles), "article"), d.Edition.ID, max(1, d.Slot.MinArticles)),
			`"vesper edition plan" says why each article is left out`,
		}
	case publish.Nobody:
		return &exitError{exitNothing, digest.ErrNobody, `"vesper subscribers add ADDRESS" adds one`}
	case publish.Overtaken:
		return usage(fmt.Errorf("%s is before the last edition of the slot %s that was opened, %s",
			d.Edition.ID.Date, d.Slot.Name, d.Last), "")
	}
	return usage(why, "")
}

func (a *app) announce(d publish.Decision) {
	e := d.Edition
	a.tell("edition %s: %s for %s\n", e.ID, count(len(e.Articles), "article"),
		count(d.Recipients, "recipient"))
	for i, article := range e.Articles {
		a.tell("%3d. %s\n", i+1, article.Headline)
	}
	if d.Caution != "" {
		a.tell("warning: serve would not open it by itself: %s\n", d.Caution)
	}
	for _, c := range d.Choices {
		if c.Warning != "" {
			a.tell("warning: %s: %s\n", c.Article.ID, c.Warning)
		}
	}
}
