package main

import (
	"fmt"
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

// monotonic is the line that goes with RELOADING=1 (sd_notify(3)).
func monotonic() string {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return ""
	}
	return fmt.Sprintf("MONOTONIC_USEC=%d", t.Nano()/1000)
}
