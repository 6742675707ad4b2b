package deliver

import (
	"sync"
	"time"

	"vesper/digest"
)

// doubts are the messages of a run that may or may not have arrived, and are to be
// sent again.
type doubts struct {
	mu sync.Mutex
	// again is when, by the row's key.
	again map[int64]time.Time
}

// note keeps what became of a row.
func (d *doubts) note(key int64, s digest.Settlement) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case s.Step != digest.Pending:
		delete(d.again, key)
	case s.Doubted:
		d.again[key] = s.Due
	}
}

// sum gives how many there are, and when the first is due.
func (d *doubts) sum() (n int, first time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, at := range d.again {
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return len(d.again), first
}
