package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

func addingIsIdempotent(t *testing.T, open Open) {
	s := open(t, Options{})
	ines := subscribers.Subscriber{
		Address: address(t, "Ines@News.example"), Name: "Ines", Status: subscribers.Unconfirmed,
		Preferences: subscribers.Preferences{Timezone: "Europe/Lisbon"},
	}
	first, isNew, err := s.List.Add(t.Context(), ines, evening)
	if !isNew || err != nil {
		t.Fatalf("%v, %v", isNew, err)
	}
	want := ines
	want.Created, want.Variant, want.Evenings = evening, digest.Designed, subscribers.EveryEvening
	want.Provenance.Source = subscribers.FromAdmin
	if diff := cmp.Diff(want, first, sameReader); diff != "" {
		t.Error(diff)
	}
	later := evening.Add(time.Hour)
	again := subscribers.Subscriber{
		Address: address(t, "ines@NEWS.example"), Name: "Somebody",
		Status: subscribers.Active,
	}
	want = first
	want.Status, want.Confirmed = subscribers.Active, later
	for range 2 {
		got, isNew, err := s.List.Add(t.Context(), again, later)
		if isNew || err != nil {
			t.Errorf("%v, %v", isNew, err)
		}
		if diff := cmp.Diff(want, got, byString); diff != "" {
			t.Error(diff)
		}
		later = later.Add(time.Hour)
	}
	found, err := s.List.Subscriber(t.Context(), again.Address)
	if diff := cmp.Diff(want, found, byString); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if _, err := s.List.Subscriber(t.Context(), address(t, "nobody@news.example")); !errors.Is(err,
		digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	for _, bad := range []subscribers.Subscriber{
		{Status: subscribers.Active}, {Address: ines.Address}, {Address: ines.Address, Status: subscribers.Suppressed},
	} {
		if _, _, err := s.List.Add(t.Context(), bad, evening); err == nil {
			t.Errorf("added %+v", bad)
		}
	}
}

func whoLeftIsNotBroughtBack(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 2)
	for i := range 2 {
		if changed := unsubscribe(t, s, readers[0].PublicID, evening); changed != (i == 0) {
			t.Fatal(changed)
		}
	}
	if unsubscribe(t, s, readers[0].PublicID+1, evening) {
		t.Error("an unknown reader left")
	}
	again := active(readers[0].Address)
	got, isNew, err := s.List.Add(t.Context(), again, evening)
	if isNew || !errors.Is(err, subscribers.ErrSuppressed) || got.Status != subscribers.Unsubscribed ||
		got.ID != readers[0].ID {
		t.Errorf("got %+v, %v, %v", got, isNew, err)
	}
	for _, r := range readers {
		for i := range 2 {
			if found, err := s.List.Remove(t.Context(), r.Address, nil, evening); found != (i == 0) || err != nil {
				t.Errorf("removal %d: found %v, %v", i+1, found, err)
			}
		}
	}
	got, isNew, err = s.List.Add(t.Context(), again, evening)
	if isNew || !errors.Is(err, subscribers.ErrSuppressed) || got.Status != subscribers.Suppressed ||
		got.Reason != subscribers.ByReader || got.ID != 0 {
		t.Errorf("after removal: got %+v, %v, %v", got, isNew, err)
	}
	counts, err := s.List.EnrolAll(t.Context(), slices.Values(rows(again, active(readers[1].Address))), evening)
	if want := (subscribers.Counts{Added: 1, Suppressed: 1}); counts != want || err != nil {
		t.Errorf("got %+v, %v, want %+v", counts, err, want)
	}
	if all := everybody(t, s); len(all) != 1 || all[0].ID <= readers[1].ID {
		t.Errorf("a number came back: %+v", all)
	}
}

// What the rules ask for is the same by the address and by the public ID, and
// outlives the row.
func factsAreAllThatTheRulesAskFor(t *testing.T, open Open) {
	s := open(t, Options{})
	ana := address(t, "Ana@Quay.example")
	if diff := cmp.Diff(subscribers.Facts{Subscriber: subscribers.Subscriber{Address: ana}}, facts(t, s, ana),
		byString); diff != "" {
		t.Error(diff)
	}
	signUp(t, s, ana, "192.0.2.1", evening)
	r, err := s.List.Subscriber(t.Context(), ana)
	if err != nil {
		t.Fatal(err)
	}
	want := subscribers.Facts{
		Subscriber: r, Invited: evening,
		Confirmations: []subscribers.Confirmation{{SentAt: evening, AskedFrom: "192.0.2.1"}},
	}
	same := func() {
		t.Helper()
		byID, err := s.List.FactsOf(t.Context(), r.PublicID)
		if diff := cmp.Diff(want, byID, byString) + cmp.Diff(want, facts(t, s, ana), byString); diff != "" ||
			err != nil {
			t.Errorf("%v %s", err, diff)
		}
	}
	same()
	suppress(t, s, ana, subscribers.Manual, evening)
	suppress(t, s, ana, subscribers.Complaint, evening)
	want.Status, want.Reason, want.Left, want.Invited = subscribers.Suppressed, subscribers.Complaint, evening,
		time.Time{}
	want.Suppressions, want.Confirmations[0].Used = []string{subscribers.Complaint, subscribers.Manual}, true
	same()
	if _, err := s.List.Remove(t.Context(), ana, nil, evening); err != nil {
		t.Fatal(err)
	}
	want.Subscriber = subscribers.Subscriber{Address: ana, Suppressions: want.Suppressions}
	if diff := cmp.Diff(want, facts(t, s, ana), byString); diff != "" {
		t.Error(diff)
	}
	if _, err := s.List.FactsOf(t.Context(), r.PublicID); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}
