package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"vesper/digest"
)

// wire counts what was sent to whom.
type wire struct {
	mu   sync.Mutex
	sent map[string]int
	now  time.Time
}

// send is a message on the wire. A tenth of a second goes by.
func (w *wire) send(d digest.Delivery) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent[fmt.Sprintf("%d %s", d.Key, d.MessageID)]++
	w.now = w.now.Add(time.Second / 10)
	return w.now
}

func (w *wire) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// work goes through a ledger as deliver does, over several connections, until
// nobody is owed or stop says so.
func (w *wire) work(t *testing.T, l Ledger, stop func() bool) {
	for !stop() {
		swept, err := l.Sweep(t.Context(), digest.Sweeping{Range: digest.Whole(), Now: w.clock()})
		if err != nil {
			t.Error(err)
			return
		}
		if swept.Next.IsZero() {
			return
		}
		ds, err := l.Owed(t.Context(), digest.Whole(), w.clock(), nil, 10)
		if err != nil {
			t.Error(err)
			return
		}
		var connections sync.WaitGroup
		for _, d := range ds {
			connections.Go(func() { w.deliver(t, l, d, stop) })
		}
		connections.Wait()
	}
}

func (w *wire) deliver(t *testing.T, l Ledger, d digest.Delivery, stop func() bool) {
	ok, err := l.Intend(t.Context(), d, w.clock(), nil)
	if err != nil {
		t.Error(err)
	}
	if !ok || err != nil {
		return
	}
	now := w.send(d)
	if stop() {
		return
	}
	if err := l.Settle(t.Context(), d, accepted(now)); err != nil {
		t.Error(err)
	}
}

func never() bool { return false }

func twoProcessesShareARange(t *testing.T, open Open) {
	stores := []Store{open(t, Options{Lease: lease}), open(t, Options{Lease: lease})}
	const size = 120
	addReaders(t, stores[0], size)
	n := mustOpen(t, stores[0], 0)
	w := &wire{sent: map[string]int{}, now: evening}
	var all sync.WaitGroup
	for _, s := range stores {
		all.Go(func() { w.work(t, s.Ledger(n), never) })
	}
	all.Wait()
	for who, times := range w.sent {
		if times != 1 {
			t.Errorf("%s was sent %d messages", who, times)
		}
	}
	wantTally(t, stores[0], 0, digest.Tally{Opened: size, Sent: size})
	if len(w.sent) != size {
		t.Errorf("%d messages on the wire, want %d", len(w.sent), size)
	}
}

func aKilledProcessLeavesItsRows(t *testing.T, open Open) {
	first, second := open(t, Options{Lease: lease}), open(t, Options{Lease: lease})
	const size, connections = 60, 10
	addReaders(t, first, size)
	n := mustOpen(t, first, 0)
	w := &wire{sent: map[string]int{}, now: evening}
	// The first is gone when half are on the wire, and says nothing of the last ones.
	w.work(t, first.Ledger(n), func() bool { return w.clock().After(evening.Add(size / 20 * time.Second)) })
	before := tally(t, second, 0)
	if before.Attempting == 0 || before.Attempting > connections {
		t.Fatalf("got %+v, want some under way", before)
	}
	w.work(t, second.Ledger(n), never)
	if got := tally(t, second, 0); got.Attempting != before.Attempting || got.Sent != size-before.Attempting {
		t.Errorf("got %+v, want all but those that the first may have sent", got)
	}
	w.now = w.now.Add(lease)
	w.work(t, second.Ledger(n), never)
	want := digest.Tally{Opened: size, Sent: size, PossibleDuplicates: before.Attempting}
	wantTally(t, second, 0, want)
	twice := 0
	for _, times := range w.sent {
		twice += times - 1
	}
	if twice > before.Attempting || len(w.sent) != size {
		t.Errorf("%d repeats to %d readers, want at most %d to %d", twice, len(w.sent), before.Attempting, size)
	}
}

func outcomesAreThere(t *testing.T, open Open) {
	const size = 200
	s := open(t, Options{})
	addReaders(t, s, size)
	n := mustOpen(t, s, 0)
	w := &wire{sent: map[string]int{}, now: evening}
	var all sync.WaitGroup
	for _, d := range owed(t, s.Ledger(n), evening) {
		all.Go(func() { w.deliver(t, s.Ledger(n), d, never) })
	}
	all.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := tally(t, open(t, Options{}), 0), (digest.Tally{Opened: size, Sent: size}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
