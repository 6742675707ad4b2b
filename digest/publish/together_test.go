package publish

import (
	"testing"
	"time"

	"vesper/digest"
)

// What one of several machines hears from a relay may be about that machine: an edition is stopped
// where none of them gets on.
func TestAnEditionGoesOnAsLongAsAnyMachineGetsOn(t *testing.T) {
	began := time.Date(2026, 11, 29, 18, 0, 0, 0, time.UTC)
	refused := digest.Outcome{Class: digest.Account, Code: 535, Reply: "who are you"}
	for _, c := range []struct {
		name     string
		machines int
		// takes is when the latest message was taken, after the beginning.
		takes, looks time.Duration
		stops        bool
	}{
		{"alone", 1, 0, time.Second, true},
		{"another gets on", 2, 20 * time.Second, 2 * time.Minute, false},
		{"no other gets on", 2, 0, 3 * time.Minute, true},
		{"another is about to", 3, 0, time.Minute, false},
		{"what it heard is over since", 1, 20 * time.Second, time.Hour, false},
	} {
		var a advance
		a.comes(digest.Mustered{Stopped: refused}, began)
		if stop := a.stopped(1, began); stop.Class != "" {
			t.Errorf("%s: what stopped an earlier run stops this one: %+v", c.name, stop)
		}
		a.comes(digest.Mustered{Stopped: refused}, began.Add(time.Second))
		if c.takes > 0 {
			a.comes(digest.Mustered{Accepted: 1}, began.Add(c.takes))
		}
		stop := a.stopped(c.machines, began.Add(c.looks))
		if stops := stop == refused; stops != c.stops || !stops && stop.Class != "" {
			t.Errorf("%s: got %+v, want a stop: %v", c.name, stop, c.stops)
		}
	}
}
