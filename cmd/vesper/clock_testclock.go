//go:build testclock

package main

import (
	"os"
	"time"
)

// clock gives a time that runs from $VESPER_NOW (RFC 3339) on, for scripts that
// try the whole program at some moment; without it, the machine's time.
func clock() func() time.Time {
	start, err := time.Parse(time.RFC3339, os.Getenv("VESPER_NOW"))
	if err != nil {
		return time.Now
	}
	began := time.Now()
	return func() time.Time { return start.Add(time.Since(began)) }
}
