package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"vesper/digest"
)

func anIntentSaysAtOnceWhetherItHolds(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 3)
	l := s.Ledger(mustOpen(t, s, 0))
	ds := owed(t, l, evening)
	if _, err := s.List.Remove(t.Context(), readers[1].Address, nil, evening); err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false} {
		var heard []bool
		taken, err := l.Intend(t.Context(), ds[i], evening, func(taken bool) { heard = append(heard, taken) })
		if err != nil || taken != want || !slices.Equal(heard, []bool{want}) {
			t.Errorf("row %d: %v, %v after it said %v, want %v said once", i, taken, err, heard, want)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	_, err := l.Intend(stopped, ds[2], evening, func(bool) { t.Error("an intent was decided that was not to be") })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it cancelled", err)
	}
	wantTally(t, s, 0, digest.Tally{Opened: 3, Attempting: 1, Skipped: 1, Pending: 1})
}
