//go:build !linux

package mailbox

import "time"

// pauseUntil waits until a moment.
func pauseUntil(due time.Time) { time.Sleep(time.Until(due)) }
