package publish

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"
	"golang.org/x/sync/errgroup"

	"vesper/digest"
)

const (
	// lookAgain is how often the book is asked what is due, beside the timer: it
	// catches what the timer skips, and a machine that slept.
	lookAgain = time.Minute
	// lookForWork is how often the book is asked what is owed: what another
	// process opened is taken up within it.
	lookForWork = time.Second
)

// Serve publishes until ctx ends: it opens what is due, records what was missed
// and finishes what is owed, whoever opened it.
func (p *Publisher) Serve(ctx context.Context) error {
	wake := make(chan struct{}, 1)
	timer := cron.New(cron.WithLocation(p.Zone))
	for _, s := range p.Slots {
		if _, err := timer.AddFunc(s.Schedule, func() { poke(wake) }); err != nil {
			return fmt.Errorf("schedule of the %s: %w", s.Title, err)
		}
	}
	timer.Start()
	defer timer.Stop()

	opened := make(chan struct{}, 1)
	var g errgroup.Group
	g.Go(func() error {
		for ctx.Err() == nil {
			switch err := p.Book.Behind(ctx); {
			case err == nil:
				p.openDue(ctx)
				poke(opened)
			case ctx.Err() == nil:
				p.Log.Error("held: nothing is sent until \"vesper restore --accept\" is said", "err", err)
			}
			pause(ctx, wake, min(lookAgain, p.untilNext()))
		}
		return nil
	})
	g.Go(func() error {
		o := &owed{again: map[uint32]time.Time{}, probe: map[uint32]time.Time{}}
		for ctx.Err() == nil {
			if p.Book.Behind(ctx) == nil {
				p.finishOwed(ctx, o)
			}
			pause(ctx, opened, lookForWork)
		}
		return nil
	})
	return g.Wait()
}

// untilNext gives the time to the next edition by our own clock, at least a
// tenth of a second.
func (p *Publisher) untilNext() time.Duration {
	now, next := p.Now(), lookAgain
	today := digest.DateOf(now.In(p.Zone))
	for _, t := range p.Timetables {
		if at, ok := t.At(today); ok && at.After(now) {
			next = min(next, at.Sub(now))
		}
	}
	return max(next, 100*time.Millisecond)
}

// firing is an edition whose time has passed and that the book does not have.
type firing struct {
	slot digest.Slot
	date digest.Date
	at   time.Time
	// overtaken says that a later edition of the slot has been printed, before
	// this one's time.
	overtaken bool
}

// lookBack bounds how far back a day without a record is looked for, in days.
const lookBack = 62

// due works out from the book which editions are due at now: of every day since
// the service was first started with the slot.
func (p *Publisher) due(ctx context.Context, slot digest.Slot, now time.Time) ([]firing, error) {
	past, err := p.Past.History(ctx, slot.Name)
	if err != nil || past.Since.IsZero() {
		return nil, err
	}
	today := digest.DateOf(now.In(p.Zone))
	day := today.AddDays(-lookBack)
	if since := digest.DateOf(past.Since.In(p.Zone)); since.Compare(day) > 0 {
		day = since
	}
	var fired []firing
	for ; day.Compare(today) <= 0; day = day.AddDays(1) {
		at, ok := p.Timetables[slot.Name].At(day)
		if ok && !at.Before(past.Since) && !at.After(now) && !past.Days[day] {
			fired = append(fired, firing{slot, day, at, day.Compare(past.Date) < 0})
		}
	}
	return fired, nil
}

// Next gives the slot's next edition that the service sends by itself.
func (p *Publisher) Next(ctx context.Context, slot digest.Slot, now time.Time) (time.Time, error) {
	past, err := p.Past.History(ctx, slot.Name)
	if err != nil {
		return time.Time{}, err
	}
	day := digest.DateOf(now.In(p.Zone)).AddDays(-1)
	for {
		at := p.Timetables[slot.Name].After(day)
		if day = digest.DateOf(at.In(p.Zone)); at.IsZero() || at.After(now) && !past.Days[day] && day.Compare(past.Date) > 0 {
			return at, nil
		}
	}
}

// openDue opens every edition that is due, and records those whose time has
// passed by more than the slot's grace. What goes wrong is tried again at the
// next look, as long as the grace lasts.
func (p *Publisher) openDue(ctx context.Context) {
	for _, slot := range p.Slots {
		now := p.Now()
		fired, err := p.due(ctx, slot, now)
		if err != nil {
			p.Log.Error("look for what is due", "slot", slot.Name, "err", err)
			continue
		}
		for _, f := range fired {
			if err := p.fire(ctx, f, now); err != nil && ctx.Err() == nil {
				p.Log.Error("open an edition", "slot", slot.Name, "date", f.date, "err", err)
			}
		}
	}
}

func (p *Publisher) fire(ctx context.Context, f firing, now time.Time) error {
	r := digest.Record{ID: digest.ID{Date: f.date, Slot: f.slot.Name, Sequence: 1}, Title: f.slot.Title}
	if f.overtaken {
		r.State, r.Reason = digest.Missed, "a later edition was printed before its time"
		p.Log.Error("edition missed", "edition", r.ID, "why", r.Reason)
		return p.Book.Enter(ctx, r, now)
	}
	if late := now.Sub(f.at); late > f.slot.Grace {
		r.State = digest.Missed
		r.Reason = fmt.Sprintf("woke %s after its time, later than the grace of %s", late.Round(time.Second), f.slot.Grace)
		p.Log.Error("edition missed", "edition", r.ID, "late", late.Round(time.Second))
		return p.Book.Enter(ctx, r, now)
	}
	plan, err := p.Plan(ctx, f.slot, f.date, f.at)
	if err != nil {
		return err
	}
	for _, flaw := range plan.Flaws {
		p.Log.Warn("an article is not in the house format", "file", flaw.File, "line", flaw.Line, "problem", flaw.Problem)
	}
	if !plan.Enough() {
		r.State, r.Reason = digest.Empty, fmt.Sprintf("%d articles, and it takes %d", len(plan.Edition.Articles), max(1, f.slot.MinArticles))
		p.Log.Warn("nothing to print", "edition", r.ID, "articles", len(plan.Edition.Articles))
		return p.Book.Enter(ctx, r, now)
	}
	_, err = p.Open(ctx, plan)
	if errors.Is(err, digest.ErrNobody) {
		r.State, r.Reason = digest.Empty, digest.ErrNobody.Error()
		p.Log.Warn("nobody to send to", "edition", r.ID)
		return p.Book.Enter(ctx, r, now)
	}
	if errors.Is(err, digest.ErrExists) {
		return nil
	}
	return err
}

// poke wakes whoever waits on c, or will.
func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// pause returns when poked, after t, or when ctx ends.
func pause(ctx context.Context, c <-chan struct{}, t time.Duration) {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-c:
	case <-timer.C:
	case <-ctx.Done():
	}
}
