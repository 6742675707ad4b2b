package publish

import (
	"context"
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
	// Paused says that it is not sent at all: until it goes on, it can't be finished.
	Paused bool
}

// Late says whether the last reader is likely to be served too late.
func (p Prognosis) Late() bool {
	return !p.Finish.IsZero() && (p.Paused || !p.Expected.IsZero() && p.Expected.After(p.Finish))
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

// In says the prognosis in a time zone; empty where nothing is to be met.
func (p Prognosis) In(zone *time.Location) string {
	if p.Finish.IsZero() {
		return ""
	}
	by := "finish_by " + p.Finish.In(zone).Format("15:04 MST")
	if p.Paused {
		return by + " can't be met while the edition is paused"
	}
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
