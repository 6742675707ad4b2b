package storetest

import (
	"errors"
	"slices"
	"testing"

	"vesper/digest"
)

// aPinLastsUntilItsArticleIsPrinted: pins are kept in their order for each slot, the
// latest word counts, and an edition that was decided with others is not opened.
func aPinLastsUntilItsArticleIsPrinted(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	o := Opening(0)
	slot, printed := o.Edition.ID.Slot, o.Edition.Articles[0].ID
	is := func(slot string, want ...string) {
		t.Helper()
		if got, err := s.Book.Pins(t.Context(), slot); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s has the pins %q, %v, want %q", slot, got, err, want)
		}
	}
	is(slot)
	var was []string
	for _, ids := range [][]string{{"z", "a"}, {}, {"late", printed, "a"}} {
		if err := s.Book.SetPins(t.Context(), slot, was, ids, evening); err != nil {
			t.Fatal(err)
		}
		is(slot, ids...)
		was = ids
	}
	// Who saw other pins changes none: two editors may pin at once.
	for _, saw := range [][]string{nil, {"late", "a", printed}, {"z", "a"}} {
		if err := s.Book.SetPins(t.Context(), slot, saw, []string{"z"}, evening); !errors.Is(err, digest.ErrRepinned) {
			t.Errorf("who saw %q changed the pins: %v", saw, err)
		}
		is(slot, was...)
	}
	if err := s.Book.SetPins(t.Context(), "another", nil, []string{printed, "a"}, evening); err != nil {
		t.Fatal(err)
	}
	if err := s.Book.SetPins(t.Context(), slot, was, []string{"x", ""}, evening); err == nil {
		t.Error("an article without a name was pinned")
	}
	is(slot, "late", printed, "a")
	if _, err := s.Book.OpenEdition(t.Context(), o); !errors.Is(err, digest.ErrRepinned) {
		t.Errorf("got %v, want ErrRepinned", err)
	}
	is(slot, "late", printed, "a")
	o.Pins = []string{"late", printed, "a"}
	if _, err := s.Book.OpenEdition(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	is(slot, "late", "a")
	is("another", "a")
}
