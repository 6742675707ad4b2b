package publish

import (
	"fmt"
	"math/bits"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"vesper/digest"
)

// Timetable says when a slot's edition is due on each local day. It takes from
// cron only what a specification means, never the moments at which a timer
// would fire: around daylight-saving changes those skip and double.
type Timetable struct {
	spec cron.Schedule
	zone *time.Location
}

// ParseTimetable reads a cron specification of five fields. A slot's edition is
// one a day, so the specification must name one hour and one minute, and some
// day.
func ParseTimetable(spec string, zone *time.Location) (Timetable, error) {
	if strings.Contains(spec, "=") {
		return Timetable{}, fmt.Errorf("%q: the time zone is the publication's and does not stand in a schedule", spec)
	}
	// In UTC no local time is missing or double: the zone comes in at [wall].
	parsed, err := cron.ParseStandard("CRON_TZ=UTC " + spec)
	if err != nil {
		return Timetable{}, fmt.Errorf("%q is no cron specification like \"0 18 * * *\" (%w)", spec, err)
	}
	fields, ok := parsed.(*cron.SpecSchedule)
	if !ok || ones(fields.Hour) != 1 || ones(fields.Minute) != 1 {
		return Timetable{}, fmt.Errorf("%q fires more than once a day: give each time a slot of its own", spec)
	}
	t := Timetable{spec: parsed, zone: zone}
	if parsed.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Timetable{}, fmt.Errorf("%q never fires: no year has such a day", spec)
	}
	return t, nil
}

// ones counts the values that a cron field matches; its top bit is no value.
func ones(field uint64) int { return bits.OnesCount64(field &^ (1 << 63)) }

// At gives the instant at which the edition of a local day is due; false if
// there is none on that day. A local time that daylight saving skips is due at
// the end of the gap, one that comes twice at its first coming.
func (t Timetable) At(d digest.Date) (time.Time, bool) {
	midnight := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
	next := t.spec.Next(midnight.Add(-time.Second))
	if digest.DateOf(next) != d {
		return time.Time{}, false
	}
	at := wall(next, t.zone)
	return at, digest.DateOf(at) == d
}

// After gives the slot's first due time on a day after d; the zero time if
// there is none.
func (t Timetable) After(d digest.Date) time.Time {
	next := time.Date(d.Year, d.Month, d.Day, 23, 59, 59, 0, time.UTC)
	for range 5 {
		next = t.spec.Next(next)
		if next.IsZero() {
			break
		}
		if at, ok := t.At(digest.DateOf(next)); ok {
			return at
		}
	}
	return time.Time{}
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
