package storetest

import (
	"errors"
	"testing"

	"vesper/digest"
)

// aCopyGoesToAnActiveReaderAlone: it has the reader's own links and variant, whenever the
// reader came, and changes nothing of the edition's ledger. Who has left gets none, not even
// one that was written a moment before.
func aCopyGoesToAnActiveReaderAlone(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	n := mustOpen(t, s, 0)
	later := addReader(t, s, "later@news.example")
	d, err := s.Book.CopyFor(t.Context(), n, later.ID, evening)
	if err != nil || d.Key != later.ID || d.Address != "later@news.example" || d.Variant != digest.Designed ||
		d.Unsubscribe == "" || d.Preferences == "" || d.ReturnPath == "" || !d.FirstDue.Equal(evening) || d.MessageID != "" {
		t.Errorf("got %+v, %v", d, err)
	}
	wantTally(t, s, 0, digest.Tally{Opened: 1, Pending: 1})
	letter := digest.Letter{Kind: digest.Copy, Address: d.Address, Bytes: []byte("x"), Subscriber: later.ID}
	if _, err := s.Outbox.Post(t.Context(), letter, evening); err != nil {
		t.Fatal(err)
	}
	if letters, err := s.Outbox.LettersTo(t.Context(), later.ID); len(letters) != 1 || letters[0].Kind != digest.Copy {
		t.Errorf("the letters are %+v, %v", letters, err)
	}
	if _, err := s.List.Unsubscribe(t.Context(), later.PublicID, evening); err != nil {
		t.Fatal(err)
	}
	_, err = s.Book.CopyFor(t.Context(), n, later.ID, evening)
	_, postErr := s.Outbox.Post(t.Context(), letter, evening)
	if !errors.Is(err, digest.ErrNotFound) || !errors.Is(postErr, digest.ErrNotFound) {
		t.Errorf("who has left: %v, %v", err, postErr)
	}
}
