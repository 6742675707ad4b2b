package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"vesper/digest"
	"vesper/digest/publish"
	"vesper/subscribers"
)

// lastEdition is the last edition that was opened or recorded.
type lastEdition struct {
	digest.Tallied
	returned subscribers.ReportSums
}

// nextEdition is a slot's next one. held says by what it is held, refused why it would
// not go; "" for neither.
type nextEdition struct {
	publish.Coming
	held, refused string
}

// underWay is an edition that is not done.
type underWay struct {
	digest.Tallied
	// next is when its next delivery is due; zero: none is pending.
	next time.Time
	// until is when its time is over, and late is how many are owed it then: of one in waves
	// those whose own wave is late.
	until time.Time
	late  int
	// wave is when the next wave is due of which anything is not sent; zero: there is none.
	wave time.Time
	// rate is how many were done in a second since it began; 0 is not known.
	rate float64
}

// leastTime is how long an edition may take at least.
const leastTime = time.Hour

func (s *standing) lookEditions(ctx context.Context, h *house) error {
	unfinished, err := h.book.Unfinished(ctx)
	if err != nil {
		return err
	}
	for _, u := range unfinished {
		t, err := h.book.Tallied(ctx, u.ID)
		if err != nil {
			return err
		}
		one := underWay{Tallied: t, next: u.Next, until: h.timeOf(u.Record)}
		if after := s.at.Sub(u.Begins()) - u.Stood; after > 0 {
			one.rate = float64(t.Tally.Opened-t.Tally.Owed()) / after.Seconds()
		}
		if err := one.lookWaves(ctx, h, s.at); err != nil {
			return err
		}
		s.underWay = append(s.underWay, one)
	}
	last, err := h.book.Newest(ctx, digest.DateOf(s.at.In(h.zone)))
	if errors.Is(err, digest.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	s.last = &lastEdition{}
	if i := slices.IndexFunc(s.underWay, func(u underWay) bool { return u.ID == last.ID }); i >= 0 {
		s.last.Tallied = s.underWay[i].Tallied // counted just now
	} else if s.last.Tallied, err = h.book.Tallied(ctx, last.ID); err != nil {
		return err
	}
	if s.last.State.Opened() {
		s.last.returned, err = h.list.ReportSums(ctx, s.last.Number)
	}
	return err
}

// timeOf gives when the time of an edition is over.
func (h *house) timeOf(r digest.Record) time.Time {
	if slot, err := h.publisher.Slot(r.ID.Slot); err == nil && r.ID.Slot != "" {
		if finish := slot.Finish(r.ID.Date); finish.After(r.Begins()) {
			return finish
		}
	}
	grace := leastTime
	for _, e := range h.config.Edition {
		if e.Slot == r.ID.Slot {
			grace = max(grace, time.Duration(e.Grace))
		}
	}
	return r.Begins().Add(grace + r.Stood)
}

// beyond says why an edition is not within its time; "" if it is.
func (u underWay) beyond(s *standing) string {
	switch {
	case u.State == digest.Paused:
		return fmt.Sprintf("edition %s is paused: %s", u.ID, u.Reason)
	case u.Tally.Owed() == 0:
		return ""
	case s.holder == nil:
		return fmt.Sprintf("%s owed edition %s, and no process sends it", are(u.Tally.Owed(), "reader"), u.ID)
	case s.at.After(u.until) && u.late > 0:
		return fmt.Sprintf("%s owed edition %s beyond its time, which was over at %s",
			are(u.late, "reader"), u.ID, moment(u.until, s.zone))
	}
	return ""
}

// waits says why an edition is not sent faster.
func (u underWay) waits(s *standing) string {
	switch {
	case u.State == digest.Paused:
		return fmt.Sprintf("paused (%s): %s", pausedBy(u.Pause), u.Reason)
	case s.holder == nil:
		return `no process sends it: start "vesper serve"`
	case u.Reason != "":
		return u.Reason
	case u.Frozen(s.at):
		return frozen(u.Record, s.zone)
	case u.next.After(s.at) && u.next.Equal(u.wave):
		return "the next wave is due at " + moment(u.next, s.zone)
	case u.next.After(s.at):
		return "deferred by the relay until " + u.next.In(s.zone).Format("15:04:05 MST")
	case s.rate > 0:
		return fmt.Sprintf("at most %g a second: rate in [[relay]]", s.rate)
	}
	return ""
}

func pausedBy(p digest.Pause) string {
	switch {
	case p.ByRelay():
		return "by the relay"
	case p == digest.PausedDesk:
		return "by the desk"
	}
	return string(p)
}

func (s *standing) lookAhead(ctx context.Context, h *house) error {
	for _, slot := range h.publisher.Slots {
		past, err := h.book.History(ctx, slot.Name, s.at)
		if err != nil {
			return err
		}
		s.served = s.served || !past.Since.IsZero()
		c, ok, err := h.publisher.Coming(ctx, slot)
		if err != nil {
			return errors.Join(fmt.Errorf("look at the next edition of slot %s", slot.Name), err)
		}
		if ok {
			s.next = append(s.next, nextEdition{Coming: c})
		}
	}
	slices.SortStableFunc(s.next, func(a, b nextEdition) int { return a.SendAt.Compare(b.SendAt) })
	return nil
}
