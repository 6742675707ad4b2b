package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// walk is a random walk of six readers through an edition.
type walk struct {
	*rand.Rand
	store   Store
	ledger  Ledger
	number  uint32
	day     int
	readers []subscribers.Subscriber
	now     time.Time
}

func theEquationAlwaysHolds(t *testing.T, open Open) {
	s := open(t, Options{})
	const walks = 100
	for seed := range walks {
		w := &walk{Rand: rand.New(rand.NewPCG(uint64(seed), 0)), store: s, day: seed, now: evening}
		for i := range 6 {
			w.readers = append(w.readers, addReader(t, s, fmt.Sprintf("reader%d@walk%d.example", i, seed)))
		}
		w.number = mustOpen(t, s, seed)
		w.ledger = s.Ledger(w.number)
		for range 1 + w.IntN(25) {
			w.now = w.now.Add(time.Second)
			if err := w.act(t); err != nil {
				t.Fatalf("walk %d: %v", seed, err)
			}
			if got := tally(t, s, seed); !got.Balanced() || got.Opened != len(w.readers) {
				t.Fatalf("walk %d: got %+v", seed, got)
			}
		}
		sweep(t, w.ledger, digest.Sweeping{Now: w.now, Hold: true, TooOld: w.now.AddDate(0, 0, walks)})
		if err := s.Book.Resume(t.Context(), w.number, 0, w.now); err != nil {
			t.Fatal(err)
		}
		closeEdition(t, s, w.number)
		verified(t, s, w.number)
		for _, r := range w.readers {
			if err := w.remove(t, r); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// remove takes a reader's row away, if it is there still.
func (w *walk) remove(t *testing.T, r subscribers.Subscriber) error {
	_, err := w.store.List.RemoveAll(t.Context(), slices.Values([]subscribers.Address{r.Address}), w.now)
	return err
}

// act does one thing that may happen.
func (w *walk) act(t *testing.T) (err error) {
	ends := []digest.Step{digest.Sent, digest.Failed, digest.Expired, digest.Unknown, digest.Pending}
	r := w.readers[w.IntN(len(w.readers))]
	d := digest.Delivery{Key: r.ID, Address: r.Address.Mailbox()}
	yes := w.IntN(2) == 1
	switch w.IntN(8) {
	case 0, 1:
		_, err = w.ledger.Intend(t.Context(), d, w.now, nil)
	case 2, 3:
		// A row at its end refuses; that it does not change is what counts.
		err = w.ledger.Settle(t.Context(), d, digest.Settlement{
			Step: ends[w.IntN(len(ends))], At: w.now, Due: w.now.Add(time.Second), Counted: yes,
		})
		if errors.Is(err, digest.ErrTaken) {
			err = nil
		}
	case 4:
		_, err = w.store.List.Unsubscribe(t.Context(), r.PublicID, w.now)
	case 5:
		err = w.remove(t, r)
	case 6:
		_, err = w.ledger.Sweep(t.Context(), digest.Sweeping{Range: digest.Whole(), Now: w.now, Hold: yes})
	case 7:
		_, err = w.store.Book.Resolve(t.Context(), w.number, yes, w.now)
	}
	return err
}
