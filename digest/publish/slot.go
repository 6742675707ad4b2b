package publish

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"vesper/digest"
)

// Slot is a daily edition of the publication with its timetable: when it is due on
// each local day. Of cron it takes only what a specification means, never the
// moments at which cron's own schedules fire: around daylight-saving changes those
// skip and double.
type Slot struct {
	digest.Slot
	spec cron.Schedule
	zone *time.Location
	// within is how long it may take to serve the last reader; 0 is as long as it takes.
	within time.Duration
}

// NewSlot reads the schedule of a slot, in the publication's time zone.
func NewSlot(s digest.Slot, zone *time.Location) (Slot, error) {
	spec, err := parseSchedule(s.Schedule)
	if err != nil {
		return Slot{}, err
	}
	within, err := parseFinish(s.FinishBy, spec)
	if err == nil && (s.Freeze < 0 || s.Freeze > longestFreeze) {
		err = fmt.Errorf("%s is not between 0 and %.0f hours", s.Freeze, longestFreeze.Hours())
	}
	return Slot{Slot: s, spec: spec, zone: zone, within: within}, err
}

// parseSchedule reads a cron specification of five fields. A slot has one edition a
// day, so the specification must name one hour and one minute, and some day.
func parseSchedule(spec string) (cron.Schedule, error) {
	if spec == "" {
		return never{}, nil
	}
	if strings.Contains(spec, "=") {
		return nil, fmt.Errorf("%q: a schedule has no time zone: it is the publication's", spec)
	}
	// In UTC no local time is missing or double: the zone comes in at [wall].
	parsed, err := cron.ParseStandard("CRON_TZ=UTC " + spec)
	if err != nil {
		return nil, fmt.Errorf("%q is not a cron schedule like \"0 18 * * *\" (%w)", spec, err)
	}
	fields, ok := parsed.(*cron.SpecSchedule)
	if !ok || ones(fields.Hour) != 1 || ones(fields.Minute) != 1 {
		return nil, fmt.Errorf("%q happens more than once a day: give each time a slot of its own", spec)
	}
	if parsed.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, fmt.Errorf("%q never happens: no year has such a day", spec)
	}
	return parsed, nil
}

// never is the schedule of a slot that is sent by hand alone.
type never struct{}

// Next implements cron.Schedule.
func (never) Next(time.Time) time.Time { return time.Time{} }

// ByHand says whether the slot never comes by itself.
func (s Slot) ByHand() bool { return s.Schedule == "" }

// ones counts the values that a cron field matches; its top bit is no value.
func ones(field uint64) int { return bits.OnesCount64(field &^ (1 << 63)) }

// At gives the instant at which the edition of a local day is due; false if
// there is none on that day, or that day is excepted. A local time that daylight saving skips is due at
// the end of the gap, one that comes twice at its first coming.
func (s Slot) At(d digest.Date) (time.Time, bool) {
	midnight := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
	next := s.spec.Next(midnight.Add(-time.Second))
	if digest.DateOf(next) != d || slices.Contains(s.Except, d) {
		return time.Time{}, false
	}
	at := wall(next, s.zone)
	return at, digest.DateOf(at) == d
}

// longestFreeze is how long before its time an edition is opened at most: so every edition
// is opened after the one before it was due, whatever is done to the clocks.
const longestFreeze = 12 * time.Hour

// Opens gives when the edition that is due at a time is opened: its cut-off.
func (s Slot) Opens(due time.Time) time.Time { return due.Add(-s.Freeze) }

// Proved gives when the edition that is due at a time is mailed as a proof; the zero time if
// it never is.
func (s Slot) Proved(due time.Time) time.Time {
	if s.ProofBefore == 0 {
		return time.Time{}
	}
	return due.Add(-s.ProofBefore)
}

// Former gives which of the slots comes last before this one on the clock, and how long
// before it: its own edition of the day before, if there is no other. Which days they come
// on does not matter.
func (s Slot) Former(slots []Slot) (former Slot, apart time.Duration) {
	former, apart = s, aDay
	for _, other := range slots {
		if other.ByHand() {
			continue
		}
		if d := (s.minute() - other.minute() + aDay) % aDay; d > 0 && d < apart {
			former, apart = other, d
		}
	}
	return former, apart
}

// minute gives the slot's time of the day.
func (s Slot) minute() time.Duration {
	t := s.spec.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Second))
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
}

// today gives the day of which an edition may be opened at now at the latest.
func (s Slot) today(now time.Time) digest.Date { return digest.DateOf(now.Add(s.Freeze).In(s.zone)) }

// After gives the slot's first due time on a day after d; the zero time if
// there is none.
func (s Slot) After(d digest.Date) time.Time {
	next := time.Date(d.Year, d.Month, d.Day, 23, 59, 59, 0, time.UTC)
	for range 5 + len(s.Except) {
		next = s.spec.Next(next)
		if next.IsZero() {
			break
		}
		if at, ok := s.At(digest.DateOf(next)); ok {
			return at
		}
	}
	return time.Time{}
}

// Next gives the slot's first due time after t; the zero time if there is none. It
// makes a Slot a cron.Schedule.
func (s Slot) Next(t time.Time) time.Time {
	today := digest.DateOf(t.In(s.zone))
	if at, ok := s.At(today); ok && at.After(t) {
		return at
	}
	return s.After(today)
}

// Evenings gives the weekdays on which an edition comes within a year from a day.
func (s Slot) Evenings(from digest.Date) []time.Weekday {
	var days []time.Weekday
	for n := range 366 {
		day := from.AddDays(n)
		weekday := day.In(time.UTC).Weekday()
		if _, ok := s.At(day); ok && !slices.Contains(days, weekday) {
			days = append(days, weekday)
		}
	}
	slices.Sort(days)
	return days
}

// lookBack bounds how far back a day without a record is looked for, in days.
const lookBack = 62

// due gives the days whose edition is to be opened at now: those since the service was
// first started with the slot whose opening has passed, and that the book has no record of.
// Timers don't decide it, so that whatever they skip or double makes no difference.
func (s Slot) due(past digest.History, now time.Time) []digest.Date {
	if past.Since.IsZero() {
		return nil
	}
	today := s.today(now)
	day := today.AddDays(-lookBack)
	if since := digest.DateOf(past.Since.In(s.zone)); since.Compare(day) > 0 {
		day = since
	}
	before := s.former(past)
	var days []digest.Date
	for ; day.Compare(today) <= 0; day = day.AddDays(1) {
		at, ok := s.At(day)
		if ok && !at.Before(past.Since) && !s.Opens(at).After(now) && past.Open(day) && before(day, at) {
			days = append(days, day)
		}
	}
	return days
}

// upcoming gives when the service sends the slot next by itself; the zero time if
// it never does.
func (s Slot) upcoming(past digest.History, now time.Time) time.Time {
	today := digest.DateOf(now.In(s.zone))
	day := today.AddDays(-1)
	for {
		at := s.After(day)
		if at.IsZero() {
			return at
		}
		day = digest.DateOf(at.In(s.zone))
		if at.After(now) && past.Open(day) && day.Compare(past.Last(today, day)) > 0 {
			return at
		}
	}
}

// wall gives the first instant at which a clock in zone shows at least the date
// and time that t shows in UTC.
func wall(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.Date()
	local := time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, zone)
	start, end := local.ZoneBounds()
	_, offset := local.Zone()
	switch shown := local.Add(time.Duration(offset) * time.Second).UTC(); {
	case shown.After(t):
		return start
	case shown.Before(t):
		return end
	}
	if start.IsZero() {
		return local
	}
	_, before := start.Add(-time.Second).Zone()
	if earlier := local.Add(-time.Duration(before-offset) * time.Second); before > offset && earlier.Before(start) {
		return earlier
	}
	return local
}
