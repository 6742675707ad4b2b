package breaker

import "time"

// hour counts what happened within an hour, by minutes.
type hour [60]struct {
	minute int64
	n      int
}

func (h *hour) count(now time.Time) {
	m := now.Unix() / 60
	if at := &h[m%60]; at.minute != m {
		at.minute, at.n = m, 1
	} else {
		at.n++
	}
}

func (h *hour) sum(now time.Time) (n int) {
	m := now.Unix() / 60
	for _, at := range h {
		if m-at.minute < 60 {
			n += at.n
		}
	}
	return n
}
