package sqlite

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

func TestTheListInNumbers(t *testing.T) {
	s := newStore(t)
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip("this machine has no time zones: ", err)
	}
	// In New York it is still October.
	late := time.Date(2026, 11, 1, 2, 0, 0, 0, time.UTC)
	for i, a := range []string{"a@one.example", "b@one.example", "c@two.example", "d@two.example"} {
		r := active(address(t, a)).Subscriber
		if i == 3 {
			r.Status = subscribers.Unconfirmed
		}
		if _, _, err := s.Add(t.Context(), r, late); err != nil {
			t.Fatal(err)
		}
	}
	all := []subscribers.Address{address(t, "c@two.example"), address(t, "e@two.example"), address(t, "E@two.example")}
	for i := range 2 {
		if n, err := s.SuppressAll(t.Context(), all, subscribers.Manual, evening); n != 2*(1-i) || err != nil {
			t.Errorf("suppressed %d, %v", n, err)
		}
	}
	standing, err := s.Standing(t.Context())
	want := map[subscribers.Status]int{subscribers.Active: 2, subscribers.Suppressed: 1, subscribers.Unconfirmed: 1}
	if diff := cmp.Diff(want, standing); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	months, err := s.Growth(t.Context(), newYork)
	if diff := cmp.Diff([]Month{{"2026-10", 4, 3, 0}, {"2026-11", 0, 0, 1}}, months); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	domains, err := s.ActiveDomains(t.Context())
	if diff := cmp.Diff([]Domain{{"one.example", 2}}, domains); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	reasons, err := s.Suppressed(t.Context())
	if diff := cmp.Diff(map[string]int{subscribers.Manual: 2}, reasons); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func TestWhatIsKnownOfLettersIsKept(t *testing.T) {
	s := newStore(t)
	ana := address(t, "ana@quay.example")
	signUp(t, s, ana, "192.0.2.1", evening)
	r, err := s.Subscriber(t.Context(), ana)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range owedLetters(t, s, evening) {
		intendLetter(t, s, d)
		if err := s.Outbox().Settle(t.Context(), d, digest.Settlement{Step: digest.Sent, At: evening.Add(time.Second), Outcome: digest.Outcome{Code: 250, Reply: "ok"}}); err != nil {
			t.Fatal(err)
		}
	}
	letters, err := s.LettersTo(t.Context(), r.ID)
	want := []PostedLetter{{Kind: digest.Confirmation, Step: digest.Sent, Code: 250, Reply: "ok", Created: evening, At: evening.Add(time.Second)}}
	if diff := cmp.Diff(want, letters); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	asked, err := s.Confirmations(t.Context(), ana)
	if diff := cmp.Diff([]subscribers.Consent{{AskedAt: evening, AskedFrom: "192.0.2.1"}}, asked); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}
