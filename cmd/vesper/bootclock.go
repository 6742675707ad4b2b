//go:build !linux

package main

import "time"

// sinceBoot is nil: no clock is known here that nobody sets and that counts sleep.
var sinceBoot func() time.Duration

// monotonic is nothing: who is told of a reload by it runs on Linux.
func monotonic() string { return "" }
