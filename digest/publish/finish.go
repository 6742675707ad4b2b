package publish

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/robfig/cron/v3"

	"vesper/digest"
)

// longestFinish is how long after its schedule an edition is to be finished at the latest.
// What is later than that is rather meant to be before it.
const longestFinish = 12 * time.Hour

// parseFinish reads by when an edition is to be finished, and gives how long after its
// schedule that is.
func parseFinish(by string, spec cron.Schedule) (time.Duration, error) {
	if by == "" {
		return 0, nil
	}
	t, err := time.Parse("15:04", by)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time of the day like \"18:30\"", by)
	}
	first := spec.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	due := time.Duration(first.Hour())*time.Hour + time.Duration(first.Minute())*time.Minute
	within := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute - due
	if within < 0 {
		within += 24 * time.Hour // in the night after
	}
	if within == 0 || within > longestFinish {
		return 0, fmt.Errorf("%q is not within %.0f hours after the edition's time, %s", by, longestFinish.Hours(),
			first.Format("15:04"))
	}
	return within, nil
}

// Finish gives when the last reader of the edition of a local day is to be served; the
// zero time if nobody said so. Where daylight saving leaves no time between the schedule
// and it, it is as long after the schedule as on other days.
func (s Slot) Finish(d digest.Date) time.Time {
	at, ok := s.At(d)
	if s.within == 0 || !ok {
		return time.Time{}
	}
	midnight := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
	finish := wall(s.spec.Next(midnight.Add(-time.Second)).Add(s.within), s.zone)
	if !finish.After(at) {
		return at.Add(s.within)
	}
	return finish
}

// Prognosis is when the last reader of an edition is likely to be served.
type Prognosis struct {
	// Finish is by when that is to be; zero if nobody said so.
	Finish time.Time
	// PerSecond is the pace it is worked out from; 0 is not known, and then Expected is
	// zero. Measured says that relays showed it, and not that it is only the limit of rate.
	PerSecond float64
	Measured  bool
	Expected  time.Time
}

// Late says whether the last reader is likely to be served too late.
func (p Prognosis) Late() bool {
	return !p.Finish.IsZero() && !p.Expected.IsZero() && p.Expected.After(p.Finish)
}

// Foresee works out when so many readers of an edition are served, if sending begins at
// start. Nobody guesses: without a pace that was measured there is only the relay's rate.
func (p *Publisher) Foresee(
	ctx context.Context, slot Slot, date digest.Date, start time.Time, readers int,
) (Prognosis, error) {
	f := Prognosis{Finish: slot.Finish(date), PerSecond: p.Rate}
	if p.Paces != nil {
		pace, err := p.Paces.Pace(ctx)
		if err != nil {
			return f, err
		}
		if measured := pace.PerSecond(); measured > 0 && (p.Rate == 0 || measured < p.Rate) {
			f.PerSecond, f.Measured = measured, true
		}
	}
	if f.PerSecond > 0 {
		f.Expected = start.Add(digest.Takes(readers, f.PerSecond))
	}
	return f, nil
}

// Alarm is something that somebody has to look at.
type Alarm struct {
	// Kind is what it is, as "too slow".
	Kind    string
	Edition digest.ID
	// Over says that it has ended.
	Over bool
	// Reason says it to people, without an address.
	Reason string
}

// TooSlow is the kind of an alarm: an edition can't be finished by its finish_by.
const TooSlow = "too slow"

// lastWarning is when serve says it once more before an edition opens.
const lastWarning = time.Hour

// finishWatch is what serve has said of the editions' prognoses.
type finishWatch struct {
	*Publisher
	// late are those said to be too late, again those of which that was said within the
	// last hour before, unknown those without a pace.
	late, again, unknown map[digest.ID]bool
	// seen is how many were at their end at the last look, and when that was.
	seen map[digest.ID]seenDone
}

type seenDone struct {
	done int
	at   time.Time
}

// watchFinish says in time, until ctx ends, which editions can't be finished when they are
// to be.
func (p *Publisher) watchFinish(ctx context.Context) {
	w := &finishWatch{
		p, map[digest.ID]bool{}, map[digest.ID]bool{}, map[digest.ID]bool{}, map[digest.ID]seenDone{},
	}
	for ctx.Err() == nil {
		for _, slot := range p.Slots {
			if slot.within == 0 {
				continue
			}
			if err := errors.Join(w.ahead(ctx, slot), w.underWay(ctx, slot)); err != nil && ctx.Err() == nil {
				p.Log.Warn("can't work out when the edition is finished", "slot", slot.Name, "err", err)
			}
		}
		p.pause(ctx, lookEvery, nil)
	}
}

// ahead looks at a slot's next edition.
func (w *finishWatch) ahead(ctx context.Context, slot Slot) error {
	c, ok, err := w.Coming(ctx, slot)
	if err != nil || !ok || c.SendAt.Sub(w.Now()) > aDay {
		return err
	}
	id, near := c.Edition.ID, c.SendAt.Sub(w.Now()) <= lastWarning
	if c.Expected.IsZero() && !w.unknown[id] {
		w.unknown[id] = true
		w.Log.Info("no pace was measured yet: it is not known whether the edition is finished in time",
			"edition", id, "finish_by", c.Finish, "recipients", c.Recipients)
	}
	again := near && c.Late() && !w.again[id]
	w.again[id] = w.again[id] || again
	w.tell(id, c.Prognosis, c.Recipients, again)
	return nil
}

// underWay looks at the slot's editions that are being sent.
func (w *finishWatch) underWay(ctx context.Context, slot Slot) error {
	all, err := w.Book.Unfinished(ctx)
	if err != nil {
		return err
	}
	for _, u := range all {
		if u.ID.Slot != slot.Name || u.ID.Sequence != 1 {
			continue
		}
		t, err := w.Counts.Tallied(ctx, u.ID)
		if err != nil {
			return err
		}
		now, owed := w.Now(), t.Tally.Owed()
		f, err := w.Foresee(ctx, slot, u.ID.Date, now, owed)
		if err != nil {
			return err
		}
		// What it does now counts more than what others did.
		done := t.Tally.Opened - owed
		if last, ok := w.seen[u.ID]; ok && now.Sub(last.at) > 0 && done > last.done {
			f.PerSecond, f.Measured = float64(done-last.done)/now.Sub(last.at).Seconds(), true
			f.Expected = now.Add(digest.Takes(owed, f.PerSecond))
		}
		w.seen[u.ID] = seenDone{done, now}
		if owed > 0 && now.After(f.Finish) || f.Expected.IsZero() && u.State == digest.Paused {
			f.Expected = now.Add(time.Second)
		}
		w.tell(u.ID, f, owed, false)
	}
	return nil
}

// tell says when an edition becomes too late, or is in time again.
func (w *finishWatch) tell(id digest.ID, f Prognosis, readers int, again bool) {
	switch was := w.late[id]; {
	case f.Late() && (!was || again):
		w.late[id] = true
		w.Log.Error("finish_by can't be met", "edition", id, "finish_by", f.Finish.In(w.Zone),
			"expected", f.Expected.In(w.Zone).Round(time.Second), "recipients", readers, "per_second", f.PerSecond)
		if !was {
			w.alarm(Alarm{Kind: TooSlow, Edition: id, Reason: f.In(w.Zone)})
		}
	case !f.Late() && was:
		delete(w.late, id)
		w.Log.Info("finish_by can be met again", "edition", id, "finish_by", f.Finish.In(w.Zone),
			"expected", f.Expected.In(w.Zone).Round(time.Second), "recipients", readers, "per_second", f.PerSecond)
		w.alarm(Alarm{Kind: TooSlow, Edition: id, Over: true, Reason: f.In(w.Zone)})
	}
}

func (p *Publisher) alarm(a Alarm) {
	if p.Alarm != nil {
		p.Alarm(a)
	}
}

// In says the prognosis in a time zone; empty where nothing is to be met.
func (p Prognosis) In(zone *time.Location) string {
	if p.Finish.IsZero() {
		return ""
	}
	by := "finish_by " + p.Finish.In(zone).Format("15:04 MST")
	if p.Expected.IsZero() {
		return by + ": no pace was measured yet, so it is not known whether it is met"
	}
	how := "by the relay's rate"
	if p.Measured {
		how = "measured"
	}
	met := "is met"
	if p.Late() {
		met = "can't be met"
	}
	form := "15:04"
	if digest.DateOf(p.Expected.In(zone)) != digest.DateOf(p.Finish.In(zone)) {
		form = "15:04 on 2006-01-02"
	}
	rate := strconv.FormatFloat(p.PerSecond, 'f', 1, 64)
	if p.PerSecond < 0.1 {
		rate = strconv.FormatFloat(p.PerSecond, 'g', 1, 64)
	}
	return fmt.Sprintf("%s %s: the last reader is served at about %s, at %s messages a second (%s)", by, met,
		p.Expected.In(zone).Format(form), rate, how)
}
