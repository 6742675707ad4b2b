package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// sinceBoot gives the time since the machine was started, its sleep included: a
// clock that nobody sets.
func sinceBoot() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
