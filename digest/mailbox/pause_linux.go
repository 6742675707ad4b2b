package mailbox

import (
	"syscall"
	"time"
)

// pauseUntil waits until a moment. The runtime's timers come up to a millisecond late,
// which is much of a delay of five: the last bit is waited for in the kernel.
func pauseUntil(due time.Time) {
	const late = 1100 * time.Microsecond
	if wait := time.Until(due) - late; wait > 0 {
		time.Sleep(wait)
	}
	if wait := time.Until(due); wait > 0 {
		rest := syscall.NsecToTimespec(int64(wait))
		_ = syscall.Nanosleep(&rest, nil)
	}
}
