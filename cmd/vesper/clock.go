//go:build !testclock

package main

import "time"

// clock gives the machine's time.
func clock() func() time.Time { return time.Now }
