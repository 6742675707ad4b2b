package storetest

import (
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// askOnce asks a reader of a file as the rules say, and gives why not.
func askOnce(t testing.TB, s Store, r subscribers.Subscriber, now time.Time) subscribers.Refusal {
	t.Helper()
	q := subscribers.Asking{At: now, ByDesk: true, Once: &r}
	is := facts(t, s, r.Address)
	if _, refused := is.Ask(q); refused != subscribers.NotRefused {
		return refused
	}
	publicID := is.PublicID
	if is.ID == 0 {
		publicID = drawID()
	}
	if err := s.List.SignUp(t.Context(), r.Address, q, publicID, letterTo(r.Address, digest.Confirmation)); err != nil {
		t.Fatal(err)
	}
	return subscribers.NotRefused
}

// aFilesReaderIsAskedOnce asks a new reader and one of an earlier import. Both are
// forgotten, and neither is ever asked by a file again, in any spelling. By the sign-up
// page each may come at any time.
func aFilesReaderIsAskedOnce(t *testing.T, open Open) {
	s := open(t, Options{})
	from := subscribers.Provenance{Source: "list.csv", SHA256: "abc", Row: 7}
	ana := subscribers.Subscriber{Address: address(t, "ana@quay.example"), Name: "Ana", Provenance: from}
	ana.Preferences = subscribers.Preferences{Evenings: subscribers.EveryEvening, Variant: digest.Plain}
	old := ana
	old.Address, old.Status, old.Created = address(t, "old@quay.example"), subscribers.Unconfirmed, evening
	if _, _, err := s.List.Add(t.Context(), old, evening); err != nil {
		t.Fatal(err)
	}
	for _, r := range []subscribers.Subscriber{ana, old} {
		if refused := askOnce(t, s, r, evening); refused != subscribers.NotRefused {
			t.Fatalf("%s: %s", r.Address, refused)
		}
		if refused := askOnce(t, s, r, evening.Add(time.Minute)); refused != subscribers.RefusedOnce {
			t.Errorf("%s is asked twice: %q", r.Address, refused)
		}
	}
	got := reader(t, s, ana.Address)
	want := subscribers.Provenance{Source: subscribers.FromAsking, SHA256: "abc", Row: 7}
	if got.Name != "Ana" || got.Variant != digest.Plain || got.Provenance != want || !got.Consent.AskedAt.IsZero() {
		t.Errorf("got %+v", got)
	}
	later := evening.Add(subscribers.ConfirmWithin + time.Hour)
	if n := expire(t, s, later.Add(-subscribers.ConfirmWithin)); n != 2 {
		t.Errorf("%d are forgotten, want 2", n)
	}
	muchLater := evening.AddDate(3, 0, 0)
	expire(t, s, muchLater.Add(-subscribers.ConfirmWithin))
	other := ana
	other.Address = address(t, "ana+paper@quay.example")
	for _, r := range []subscribers.Subscriber{ana, old, other} {
		if refused := askOnce(t, s, r, muchLater); refused != subscribers.RefusedOnce {
			t.Errorf("%s is asked after three years: %q", r.Address, refused)
		}
	}
	if !signUp(t, s, ana.Address, "", muchLater) {
		t.Error("who was asked once can't sign up any more")
	}
}
