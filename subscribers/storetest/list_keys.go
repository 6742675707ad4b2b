package storetest

import (
	"errors"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

func aRetiredKeySignsNothingButLeaving(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	old, err := s.List.SigningKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	edition := mustOpen(t, s, 0)
	inUse := func(what string) {
		t.Helper()
		if err := s.List.Retire(t.Context(), old.ID, evening); err == nil {
			t.Errorf("a key was retired that %s", what)
		}
	}
	inUse("signs links")
	if _, err := s.List.Rotate(t.Context(), evening.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	inUse("an edition is sent with")
	begins(t, s, edition, digest.Sending)
	d := owed(t, s.Ledger(edition), evening)[0]
	intend(t, s.Ledger(edition), d)
	settle(t, s.Ledger(edition), d, accepted(evening))
	if err := s.Book.Close(t.Context(), edition, evening); err != nil {
		t.Fatal(err)
	}
	u, err := s.List.KeyUse(t.Context(), old.ID, evening.Add(time.Hour))
	if err != nil || u.Messages != 1 || u.Open != "" || u.Current || !u.Retired.IsZero() {
		t.Errorf("before: %+v, %v", u, err)
	}
	for range 2 { // twice is no error, and keeps the time
		if err := s.List.Retire(t.Context(), old.ID, evening.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if u, err = s.List.KeyUse(t.Context(), old.ID, evening); !u.Retired.Equal(evening.Add(time.Hour)) || err != nil {
		t.Errorf("after: %+v, %v", u, err)
	}
	ring, err := s.List.Keyring(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Link(d.Unsubscribe, subscribers.ToUnsubscribe, evening); err != nil {
		t.Errorf("a link to leave: %v", err)
	}
	if _, err := ring.Link(d.Preferences, subscribers.ToPrefer, evening); !errors.Is(err, subscribers.ErrRetired) {
		t.Errorf("a link to preferences: %v", err)
	}
	if _, _, err := ring.ReturnPath(d.ReturnPath); err != nil {
		t.Errorf("a return path: %v", err)
	}
	for _, id := range []byte{2, 99} { // 2 signs no links
		if err := s.List.Retire(t.Context(), id, evening); !errors.Is(err, digest.ErrNotFound) {
			t.Errorf("key %d: %v", id, err)
		}
	}
}
