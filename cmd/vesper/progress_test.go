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

// TestABarTellsTheRateOfThisRun: what was done before it began, or before somebody
// began to look on, is not its work.
func TestABarTellsTheRateOfThisRun(t *testing.T) {
	for _, c := range []struct {
		pace    pace
		after   time.Duration
		columns int
		want    string
	}{
		{pace{1000, 0, 100}, 10 * time.Second, 80, " [===                           ]   10%  100/1000  10.0/s  1m30s left"},
		{pace{1000, 900, 910}, 10 * time.Second, 80, " [===========================   ]   91%  910/1000  1.0/s  1m30s left"},
		{pace{1000, 900, 900}, time.Nanosecond, 80, " [===========================   ]   90%  900/1000"},
		{pace{1000, 0, 1000}, 10 * time.Second, 80, " [==============================]  100%  1000/1000  100.0/s  0s left"},
		{pace{0, 0, 0}, time.Second, 80, " [==============================]  100%  0/0"},
		{pace{1000, 0, 100}, 10 * time.Second, 40, "   10%  100/1000  10.0/s  1m30s left"},
		{pace{36_000_000, 0, 1_234_567}, time.Hour, 40, "    3%  1234567/36000000  342.9/s"},
		{pace{1000, 0, 100}, 10 * time.Second, 20, "   10%  100/1000"},
		{pace{1000, 0, 100}, 10 * time.Second, 3, ""},
	} {
		got := c.pace.bar(c.after, c.columns)
		if got != c.want || len(got) >= c.columns {
			t.Errorf("%+v in %d columns: got %q, want %q", c.pace, c.columns, got, c.want)
		}
	}
}
