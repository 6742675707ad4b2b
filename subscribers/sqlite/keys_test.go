package sqlite

import (
	"errors"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

func TestOldLinksWorkForEver(t *testing.T) {
	s := newStore(t)
	ana := address(t, "ana@quay.example")
	var made []string
	write := func(k subscribers.Key, publicID uint64) (digest.Letter, error) {
		made = append(made, k.Link(subscribers.ToPrefer, publicID, time.Time{}))
		return letterTo(ana, digest.Confirmation), nil
	}
	rotations := 0
	for {
		now := evening.AddDate(0, 0, 40*rotations)
		if _, err := s.SignUp(t.Context(), ana, subscribers.Consent{}, now, write); err != nil {
			t.Fatal(err)
		}
		id, err := s.Rotate(t.Context(), now)
		if err != nil {
			break
		}
		rotations++
		if int(id) != 3+rotations {
			t.Fatalf("rotation %d gives key %d", rotations, id)
		}
	}
	if rotations != 252 {
		t.Errorf("%d rotations, want 252: one byte, less the three keys of a new database", rotations)
	}
	ring, err := s.Keyring(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Subscriber(t.Context(), ana)
	if err != nil {
		t.Fatal(err)
	}
	signers := map[string]bool{}
	for _, token := range made {
		if id, err := ring.Link(token, subscribers.ToPrefer, evening.AddDate(100, 0, 0)); id != r.PublicID || err != nil {
			t.Fatalf("a link of old: %v", err)
		}
		signers[token] = true
	}
	if len(signers) != rotations+1 {
		t.Errorf("%d keys signed, want a new one after each rotation: %d", len(signers), rotations+1)
	}
	if n := count(t, s, `SELECT count(*) FROM keys WHERE current = 1`); n != 3 {
		t.Errorf("%d keys are in use, want one for each purpose", n)
	}
}

func TestAnOpenEditionKeepsItsKey(t *testing.T) {
	s := newStore(t)
	addReaders(t, s, 1)
	mustOpen(t, s, 0)
	before := owed(t, s, 1, evening)[0]
	if _, err := s.Rotate(t.Context(), evening); err != nil {
		t.Fatal(err)
	}
	if after := owed(t, s, 1, evening)[0]; after != before {
		t.Errorf("a repeat has other links: %+v, want %+v", after, before)
	}
	mustOpen(t, s, 1)
	next := owed(t, s, 2, evening.AddDate(0, 0, 1))[0]
	if next.Unsubscribe == before.Unsubscribe {
		t.Error("the next edition is signed by the old key")
	}
	ring, err := s.Keyring(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []digest.Delivery{before, next} {
		_, linkErr := ring.Link(d.Unsubscribe, subscribers.ToUnsubscribe, evening)
		_, _, pathErr := ring.ReturnPath(d.ReturnPath)
		if err := errors.Join(linkErr, pathErr); err != nil {
			t.Error(err)
		}
	}
}
