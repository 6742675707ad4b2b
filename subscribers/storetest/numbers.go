package storetest

import (
	"errors"
	"sync"
	"testing"

	"vesper/digest"
)

// numbered is the edition of day n that was decided when the slot's last paper had the
// number before, and prints this one.
func numbered(n int, before, number uint32) digest.Opening {
	o := Opening(n)
	o.Before, o.Edition.PaperNumber = before, number
	return o
}

// opensAs opens an edition and wants an error, or its number in all that tells of it.
func opensAs(t testing.TB, s Store, o digest.Opening, want error) {
	t.Helper()
	opened, err := s.Book.OpenEdition(t.Context(), o)
	if !errors.Is(err, want) {
		t.Fatalf("edition %s as No. %d after %d: got %v, want %v", o.Edition.ID, o.Edition.PaperNumber, o.Before, err, want)
	}
	if err != nil {
		return
	}
	number := o.Edition.PaperNumber
	printed, err := s.Book.Edition(t.Context(), o.Edition.ID)
	if opened.PaperNumber != number || printed.PaperNumber != number || err != nil {
		t.Errorf("edition %s is No. %d, and as it was printed No. %d, %v, want %d", o.Edition.ID, opened.PaperNumber,
			printed.PaperNumber, err, number)
	}
	shelf, err := s.Book.Archive(t.Context(), 1)
	// A correction stands where its edition does.
	if o.Due.IsZero() && o.Edition.ID.Sequence == 1 && (err != nil || len(shelf) != 1 || shelf[0].PaperNumber != number) {
		t.Errorf("the archive has %+v, %v, want No. %d", shelf, err, number)
	}
}

// lastNumberIs wants the highest number of a slot.
func lastNumberIs(t testing.TB, s Store, slot string, want uint32) {
	t.Helper()
	if h, err := s.Book.History(t.Context(), slot, evening); h.PaperNumber != want || err != nil {
		t.Errorf("the last number of %s is %d, %v, want %d", slot, h.PaperNumber, err, want)
	}
}

// noTwoPapersOfASlotHaveOneNumber: an opening is refused that prints another number than
// comes next by what was decided on, and each slot has numbers of its own. A correction has
// its edition's, and no other.
func noTwoPapersOfASlotHaveOneNumber(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	lastNumberIs(t, s, "evening", 0)
	opensAs(t, s, numbered(0, 3, 4), digest.ErrRenumbered)
	opensAs(t, s, numbered(0, 0, 1), nil)
	opensAs(t, s, numbered(0, 0, 1), digest.ErrExists)
	opensAs(t, s, numbered(1, 0, 1), digest.ErrRenumbered)
	opensAs(t, s, numbered(1, 0, 2), digest.ErrRenumbered)
	opensAs(t, s, numbered(1, 1, 1), digest.ErrRenumbered)
	lastNumberIs(t, s, "evening", 1)
	morning := numbered(2, 0, 700)
	morning.Edition.ID.Slot = "morning"
	opensAs(t, s, morning, nil)
	opensAs(t, s, numbered(1, 1, 2), nil)
	// A paper that is older than its book goes on where it was.
	opensAs(t, s, numbered(3, 2, 214), nil)
	lastNumberIs(t, s, "morning", 700)
	for _, number := range []uint32{1, 3, 214, 215} {
		mended := numbered(1, 214, number)
		mended.Edition.ID.Sequence = 2
		for i := range mended.Edition.Articles {
			mended.Edition.Articles[i].ID += "-mended"
		}
		opensAs(t, s, mended, digest.ErrRenumbered)
		if number == 215 {
			mended.Edition.PaperNumber = 2
			opensAs(t, s, mended, nil)
		}
	}
	lastNumberIs(t, s, "evening", 214)
	opensAs(t, s, numbered(4, 214, 215), nil)
}

// aPaperThatDidNotAppearHasNoNumber: neither a day without an edition nor one that was
// opened ahead and discarded takes a number.
func aPaperThatDidNotAppearHasNoNumber(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	opensAs(t, s, numbered(0, 0, 1), nil)
	for n, state := range map[int]digest.State{1: digest.Empty, 2: digest.Missed} {
		r := digest.Record{ID: Opening(n).Edition.ID, Title: "Evening Edition", State: state, Reason: "so it is"}
		if err := s.Book.Enter(t.Context(), r, nil, evening); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Book.Record(t.Context(), r.ID); got.PaperNumber != 0 || err != nil {
			t.Errorf("a day that is %s is No. %d, %v", state, got.PaperNumber, err)
		}
	}
	ahead := numbered(3, 1, 2)
	ahead.Due = ahead.At.Add(early)
	opensAs(t, s, ahead, nil)
	lastNumberIs(t, s, "evening", 2)
	if err := s.Book.Discard(t.Context(), ahead.Edition.ID); err != nil {
		t.Fatal(err)
	}
	lastNumberIs(t, s, "evening", 1)
	opensAs(t, s, numbered(2, 1, 2), nil)
}

// ofTwoOpenersOneHasTheNumber: of two processes that open the editions of two days at once,
// with the same number, one has to render anew.
func ofTwoOpenersOneHasTheNumber(t *testing.T, open Open) {
	stores := []Store{open(t, Options{}), open(t, Options{})}
	addReaders(t, stores[0], 1)
	for round := range uint32(8) {
		var both sync.WaitGroup
		errs := make([]error, len(stores))
		for i, s := range stores {
			both.Go(func() { _, errs[i] = s.Book.OpenEdition(t.Context(), numbered(2*int(round)+i, round, round+1)) })
		}
		both.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), digest.ErrRenumbered) {
			t.Fatalf("got %v, want one to be renumbered", errs)
		}
		lastNumberIs(t, stores[0], "evening", round+1)
	}
}
