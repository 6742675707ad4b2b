package deliver_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vesper/digest"
)

// The next message begins while the outcome of the last is being written, and its dot
// waits for that: a crash leaves one message of a connection in doubt, not two.
func TestTheNextDotWaitsForTheOutcomeBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(2), newServer()
		run := over(t, l, v)
		run.Connections = 1
		var mu sync.Mutex
		var begun []int64
		written := make(chan struct{})
		v.onMessage = func(id int64) {
			mu.Lock()
			defer mu.Unlock()
			begun = append(begun, id)
		}
		l.placed = func(id int64) {
			if id == 1 {
				<-written
			}
		}
		done := make(chan error, 1)
		go func() {
			_, err := deliverer().Work(t.Context(), run)
			done <- err
		}()
		synctest.Wait()
		mu.Lock()
		if want := []int64{1, 2}; !slices.Equal(begun, want) {
			t.Errorf("begun are %v, want %v", begun, want)
		}
		mu.Unlock()
		v.mu.Lock()
		if want := []int64{1}; !slices.Equal(v.order, want) {
			t.Errorf("the dots of %v were written while the first outcome was not, want those of %v", v.order, want)
		}
		v.mu.Unlock()
		close(written)
		if err := <-done; err != nil || l.count(digest.Sent) != 2 {
			t.Errorf("%v: %d sent, want 2", err, l.count(digest.Sent))
		}
	})
}

// An outcome that can't be written for a while is written in the end, before the run
// ends, also that of the last message.
func TestAnOutcomeBehindIsTriedUntilItHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(5), newServer()
		run := over(t, l, v)
		run.Connections = 1
		began := time.Now()
		l.settleErr = func(int64) error {
			if time.Since(began) < 10*time.Second {
				return errors.New("the disk is full")
			}
			return nil
		}
		if _, err := deliverer().Work(t.Context(), run); err != nil || l.count(digest.Sent) != 5 {
			t.Errorf("%v: %d sent, want 5", err, l.count(digest.Sent))
		}
		for id := range l.rows {
			if n := v.accepted[id]; n != 1 {
				t.Errorf("subscriber %d got %d copies", id, n)
			}
		}
	})
}
