package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

func theListInNumbers(t *testing.T, open Open) {
	s := open(t, Options{})
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip("this machine has no time zones: ", err)
	}
	// In New York it is still October.
	late := time.Date(2026, 11, 1, 2, 0, 0, 0, time.UTC)
	for i, a := range []string{"a@one.example", "b@one.example", "c@two.example", "d@two.example"} {
		r := active(address(t, a))
		if i == 3 {
			r.Status = subscribers.Unconfirmed
		}
		if _, _, err := s.List.Add(t.Context(), r, late); err != nil {
			t.Fatal(err)
		}
	}
	all := []subscribers.Address{address(t, "c@two.example"), address(t, "e@two.example"), address(t, "E@two.example")}
	for i := range 2 {
		if n, err := s.List.SuppressAll(t.Context(), all, subscribers.Manual, evening); n != 2*(1-i) || err != nil {
			t.Errorf("suppressed %d, %v", n, err)
		}
	}
	byStatus, err := s.List.CountByStatus(t.Context())
	want := map[subscribers.Status]int{subscribers.Active: 2, subscribers.Suppressed: 1, subscribers.Unconfirmed: 1}
	if diff := cmp.Diff(want, byStatus); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	numbers, err := s.List.Numbers(t.Context(), newYork)
	wantNumbers := subscribers.Numbers{
		ByStatus: want,
		Months:   []subscribers.Month{{Name: "2026-10", Added: 4, Confirmed: 3}, {Name: "2026-11", Left: 1}},
		Domains:  []subscribers.Domain{{Name: "one.example", Readers: 2}},
	}
	if diff := cmp.Diff(wantNumbers, numbers); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	byReason, err := s.List.CountByReason(t.Context())
	if diff := cmp.Diff(map[string]int{subscribers.Manual: 2}, byReason); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func whatIsKnownOfLettersIsKept(t *testing.T, open Open) {
	s := open(t, Options{})
	ana := address(t, "ana@quay.example")
	signUp(t, s, ana, "192.0.2.1", evening)
	for _, d := range owed(t, s.Outbox, evening) {
		intend(t, s.Outbox, d)
		settle(t, s.Outbox, d, accepted(evening.Add(time.Second)))
	}
	letters, err := s.Outbox.LettersTo(t.Context(), reader(t, s, ana).ID)
	want := []digest.PostedLetter{{
		Kind: digest.Confirmation, Step: digest.Sent, Code: 250, Reply: "ok", Created: evening,
		At: evening.Add(time.Second),
	}}
	if diff := cmp.Diff(want, letters); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	asked, err := s.List.Confirmations(t.Context(), ana)
	if diff := cmp.Diff([]subscribers.Confirmation{{SentAt: evening, AskedFrom: "192.0.2.1"}}, asked); diff != "" ||
		err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func oldLinksWorkForEver(t *testing.T, open Open) {
	s := open(t, Options{})
	r := addReaders(t, s, 1)[0]
	var made []string
	rotations := 0
	for {
		k, err := s.List.SigningKey(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, k.Link(subscribers.ToPrefer, r.PublicID, time.Time{}))
		id, err := s.List.Rotate(t.Context(), evening)
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
	ring, err := s.List.Keyring(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	signers := map[string]bool{}
	for _, token := range made {
		if id, err := ring.Link(token, subscribers.ToPrefer, evening.AddDate(100, 0, 0)); id != r.PublicID ||
			err != nil {
			t.Fatalf("a link of old: %v", err)
		}
		signers[token] = true
	}
	if len(signers) != rotations+1 {
		t.Errorf("%d keys signed, want a new one after each rotation: %d", len(signers), rotations+1)
	}
}

func anOpenEditionKeepsItsKey(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	first := s.Ledger(mustOpen(t, s, 0))
	before := owed(t, first, evening)[0]
	if _, err := s.List.Rotate(t.Context(), evening); err != nil {
		t.Fatal(err)
	}
	if after := owed(t, first, evening)[0]; after != before {
		t.Errorf("a repeat has other links: %+v, want %+v", after, before)
	}
	next := owed(t, s.Ledger(mustOpen(t, s, 1)), evening.AddDate(0, 0, 1))[0]
	if next.Unsubscribe == before.Unsubscribe {
		t.Error("the next edition is signed by the old key")
	}
	ring, err := s.List.Keyring(t.Context())
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
