package publish

import (
	"testing"
	"time"
)

// TestAJumpForwardIsBelievedOnceItLasts has each row look at two clocks: how far the
// clock on the wall has come since the first look, and how far the other.
func TestAJumpForwardIsBelievedOnceItLasts(t *testing.T) {
	type look struct {
		wall, boot time.Duration
		jumped     bool
	}
	const day = 24 * time.Hour
	for name, looks := range map[string][]look{
		"no jump": {{time.Minute, time.Minute, false}, {day, day, false}},
		"slewed by an NTP": {
			{time.Hour + 20*time.Second, time.Hour, false},
			{2*time.Hour + 40*time.Second, 2 * time.Hour, false},
		},
		"asleep for a day, which the boot clock counts": {{day, day, false}},
		"it keeps the new time": {
			{day + time.Minute, time.Minute, true},
			{day + 2*time.Minute, 2 * time.Minute, true},
			{day + 3*time.Minute, 3 * time.Minute, false},
			{day + time.Hour, time.Hour, false},
		},
		"it was a slip": {
			{day + time.Minute, time.Minute, true},
			{2 * time.Minute, 2 * time.Minute, false},
			{time.Hour, time.Hour, false},
		},
		"it jumps on": {
			{day + time.Minute, time.Minute, true},
			{3*day + 2*time.Minute, 2 * time.Minute, true},
			{3*day + 3*time.Minute, 3 * time.Minute, true},
			{3*day + 4*time.Minute, 4 * time.Minute, false},
		},
		"it jumps on, and half back": {
			{9*day + time.Minute, time.Minute, true},
			{4*day + 2*time.Minute, 2 * time.Minute, true},
			{4*day + 4*time.Minute, 4 * time.Minute, false},
		},
		"set back": {{time.Minute - day, time.Minute, false}, {time.Hour - day, time.Hour, false}},
		"set back and forward again": {
			{time.Minute - day, time.Minute, false},
			{2 * time.Minute, 2 * time.Minute, true},
			{4 * time.Minute, 4 * time.Minute, false},
		},
	} {
		var at look
		start := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		w := &Watch{
			Now:  func() time.Time { return start.Add(at.wall) },
			Boot: func() time.Duration { return 9*day + at.boot },
		}
		if w.Jumped() {
			t.Errorf("%s: the first look sees a jump", name)
		}
		for i, l := range looks {
			at = l
			if got := w.Jumped(); got != l.jumped {
				t.Errorf("%s, look %d: jumped %v, want %v", name, i+1, got, l.jumped)
			}
		}
	}
}

func TestWithoutAnotherClockEveryTimeIsBelieved(t *testing.T) {
	var none *Watch
	now := time.Time{}
	w := &Watch{Now: func() time.Time { now = now.Add(time.Hour); return now }}
	for range 3 {
		if none.Jumped() || w.Jumped() {
			t.Error("a jump is seen")
		}
	}
}
