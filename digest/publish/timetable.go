package publish

import (
	"fmt"
	"strings"
	"time"

	"vesper/digest"
)

// Timetable is the slot's days in writing: what makes them other days makes it another one.
// It is empty for a slot that is sent by hand alone.
func (s Slot) Timetable() string {
	if s.ByHand() {
		return ""
	}
	lines := []string{s.Schedule, s.zone.String()}
	for _, day := range s.Except {
		lines = append(lines, day.String())
	}
	return strings.Join(lines, "\n")
}

// parseTimetable reads a timetable that is not empty.
func parseTimetable(written string) (Slot, error) {
	lines := strings.Split(written, "\n")
	if len(lines) < 2 {
		return Slot{}, fmt.Errorf("%q is no timetable", written)
	}
	zone, err := time.LoadLocation(lines[1])
	if err != nil {
		return Slot{}, err
	}
	days := digest.Slot{Schedule: lines[0]}
	for _, line := range lines[2:] {
		day, err := digest.ParseDate(line)
		if err != nil {
			return Slot{}, err
		}
		days.Except = append(days.Except, day)
	}
	return NewSlot(days, zone)
}

// former gives what says of a day of the slot whether it was one before the timetable was
// changed. One that was added, or is excepted no more, is none if its grace was over by then:
// nobody missed an edition that nobody had planned. Within the grace it is one: somebody may
// have mended a slip. What can't be read any more excludes nothing.
func (s Slot) former(past digest.History) func(day digest.Date, at time.Time) bool {
	before := Slot{spec: never{}}
	var err error
	if past.Former != "" {
		before, err = parseTimetable(past.Former)
	}
	return func(day digest.Date, at time.Time) bool {
		if past.Changed.IsZero() || err != nil || !at.Add(s.Grace).Before(past.Changed) {
			return true
		}
		_, was := before.At(day)
		return was
	}
}
