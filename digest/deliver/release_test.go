package deliver_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vesper/digest"
)

// lender is a composer that takes the bytes of envelopes back, and spoils them.
type lender struct {
	mu   sync.Mutex
	free [][]byte
	out  map[int64]int
}

func (l *lender) Compose(d digest.Delivery) (digest.Envelope, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out[d.Key]++
	var data []byte
	if n := len(l.free); n > 0 {
		data, l.free = l.free[n-1], l.free[:n-1]
	}
	return digest.Envelope{Data: fmt.Appendf(data[:0], "for %d", d.Key)}, nil
}

func (l *lender) Release(e digest.Envelope) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out[e.Delivery.Key]--
	clear(e.Data)
	l.free = append(l.free, e.Data)
}

func TestNobodyGetsTheBytesOfAnotherWhileTheyAreUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(600), newServer()
		v.scripts[7] = []digest.Outcome{{Class: digest.Transient, Code: 450}, {Class: digest.Accepted, Code: 250}}
		v.scripts[8] = []digest.Outcome{{Class: digest.Session}, {Class: digest.Accepted, Code: 250}}
		composer := &lender{out: map[int64]int{}}
		v.onEnvelope = func(e digest.Envelope) {
			time.Sleep(time.Millisecond) // the bubble's time
			if want := fmt.Sprintf("for %d", e.Delivery.Key); string(e.Data) != want {
				t.Errorf("got %q, want %q", e.Data, want)
			}
		}
		run := over(t, l, v)
		run.Composer = composer
		untilNobodyIsOwed(t, func() (time.Time, error) {
			report, err := deliverer().Work(t.Context(), run)
			return report.Next, err
		})
		if l.count(digest.Sent) != 600 {
			t.Errorf("%d are sent", l.count(digest.Sent))
		}
		for key, n := range composer.out {
			if n != 0 {
				t.Errorf("%d copies for %d were not given back", n, key)
			}
		}
		if len(composer.free) > 100 {
			t.Errorf("%d copies were made anew", len(composer.free))
		}
	})
}
