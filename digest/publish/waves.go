package publish

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
)

// waves gives when the readers of each time zone are due whose hour, or the end of whose
// quiet hours, is still to come when the others are.
func (p *Publisher) waves(ctx context.Context, d Decision, base time.Time) (map[string]time.Time, error) {
	if d.Slot.Wave == "" {
		return nil, nil
	}
	zones, err := p.Counts.Zones(ctx, d.Edition.ID)
	if err != nil {
		return nil, fmt.Errorf("read the time zones of edition %s: %w", d.Edition.ID, err)
	}
	waves := map[string]time.Time{}
	for _, z := range zones {
		if due := d.Slot.DueIn(z.Name, d.Edition.ID.Date, base); due.After(base) {
			waves[z.Name] = due
		}
	}
	return waves, nil
}

// DueIn gives when readers of a time zone get the edition of a day that the others get at
// base: at the slot's hour in their zone, if that is later. Otherwise they get it with the
// others, or at the end of their quiet hours. Who has no zone, or one that nobody here knows,
// has the publication's. An hour that daylight saving skips is the end of the gap, one that
// comes twice is its first coming.
func (s Slot) DueIn(zone string, date digest.Date, base time.Time) time.Time {
	if s.Wave == "" {
		return base
	}
	there, ok := Known(zone)
	if !ok {
		there = s.zone
	}
	if hour := clockOn(date, s.minute(), there); hour.After(base) {
		return hour
	}
	// Clocks may be set in the middle of the night: what they show is looked at, minute by
	// minute, and nothing is worked out.
	end := base
	for s.Quiet.Has(clockOf(end.In(there))) {
		end = end.Truncate(time.Minute).Add(time.Minute)
	}
	return end
}

// Within says whether the slot's hour is one of these.
func (s Slot) Within(quiet digest.Quiet) bool { return quiet.Has(s.minute()) }

// Known gives a reader's time zone; false if there is none, or none of that name is known
// here.
func Known(zone string) (*time.Location, bool) {
	if zone == "" || zone == "Local" { // the machine's own is nobody's
		return nil, false
	}
	there, err := time.LoadLocation(zone)
	return there, err == nil
}

// clockOn gives the first instant at which clocks in a zone show a time of a day, or more.
func clockOn(day digest.Date, clock time.Duration, zone *time.Location) time.Time {
	return wall(time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, time.UTC).Add(clock), zone)
}

// clockOf gives the time of the day that a local time shows.
func clockOf(local time.Time) time.Duration {
	return time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute
}
