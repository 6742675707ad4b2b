package main

import (
	"testing"
	"time"

	"vesper/digest"
)

func TestProgressSaysHowFastItGoesAndHowLongItTakes(t *testing.T) {
	first := digest.Tally{Opened: 260, Sent: 10, Pending: 250}
	for _, c := range []struct {
		now   digest.Tally
		after time.Duration
		want  string
	}{
		{
			digest.Tally{Opened: 260, Sent: 97, Pending: 163},
			10 * time.Second,
			"97 of 260 done, 97 sent, 0 failed, 8.7 a second, 19s left",
		},
		{
			digest.Tally{Opened: 260, Sent: 180, Failed: 4, Pending: 70, Attempting: 6},
			20 * time.Second,
			"184 of 260 done, 180 sent, 4 failed, 8.7 a second, 9s left",
		},
		{first, 10 * time.Second, "10 of 260 done, 10 sent, 0 failed"},
	} {
		if got := progressLine(first, c.now, c.after); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
