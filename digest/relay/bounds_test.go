package relay

import (
	"testing"
	"time"
	"unsafe"
)

// moved gives t with its wall clock and its monotonic clock moved apart, as a
// suspended machine or a clock set by hand has them. Package time has no call for
// that: it keeps 33 bits of seconds and 30 of nanoseconds in the first word, and
// the monotonic clock's nanoseconds in the second.
func moved(t time.Time, wall, monotonic time.Duration) time.Time {
	words := (*struct {
		wall uint64
		ext  int64
	})(unsafe.Pointer(&t))
	words.wall = uint64(int64(words.wall) + int64(wall/time.Second)<<30)
	words.ext += int64(monotonic)
	return t
}

func TestTheTimeLeftGoesByBothClocks(t *testing.T) {
	now := time.Now()
	then := now.Add(10 * time.Minute)
	for name, c := range map[string]struct{ wall, monotonic, want time.Duration }{
		"a minute passes":            {time.Minute, time.Minute, 9 * time.Minute},
		"the machine is suspended":   {15 * time.Minute, time.Minute, -5 * time.Minute},
		"the clock is set back":      {-time.Hour, 11 * time.Minute, -time.Minute},
		"the clock is set forward":   {time.Hour, time.Minute, -50 * time.Minute},
		"the process was stopped":    {20 * time.Minute, 20 * time.Minute, -10 * time.Minute},
		"the clock is set back, too": {-time.Hour, time.Minute, 9 * time.Minute},
	} {
		at := moved(now, c.wall, c.monotonic)
		if !at.Round(0).Equal(now.Round(0).Add(c.wall)) || at.Sub(now) != c.monotonic {
			t.Fatalf("%s: the clocks were not moved as they should be", name)
		}
		if got := span(at, then); got != c.want {
			t.Errorf("%s: %s left, want %s", name, got, c.want)
		}
	}
}

func TestTheTimeOfATransactionIsSharedOut(t *testing.T) {
	now := time.Now()
	for until, want := range map[time.Duration]struct{ before, reply time.Duration }{
		14 * time.Minute: {4 * time.Minute, 10 * time.Minute}, // a lease of 15 min
		59 * time.Minute: {49 * time.Minute, 10 * time.Minute},
		16 * time.Second: {4 * time.Second, 12 * time.Second},
		-time.Second:     {-250 * time.Millisecond, -750 * time.Millisecond},
	} {
		c := &conn{limits: (&Relay{}).timeouts(), now: func() time.Time { return now }}
		c.bind(now.Add(until))
		if c.left() != want.before || c.bounds.reply != want.reply {
			t.Errorf("of %s, %s are before the dot and %s for its reply, want %v", until, c.left(), c.bounds.reply,
				want)
		}
		c.unbind()
		if c.left() < time.Hour {
			t.Errorf("when it is over, %s are left", c.left())
		}
	}
	c := &conn{limits: (&Relay{}).timeouts(), now: func() time.Time { return now }}
	if c.bind(time.Time{}); c.left() < time.Hour || c.bounds.reply != 10*time.Minute {
		t.Errorf("without an end, %s are left and %s for the reply", c.left(), c.bounds.reply)
	}
}
