package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

func readersAreCountedByZoneAndByMoment(t *testing.T, open Open) {
	s := open(t, Options{})
	for n := range 3 {
		addReaderIn(t, s, newYork, n)
	}
	addReaderIn(t, s, "", 1)
	zones, err := s.List.Zones(t.Context(), Opening(0).Edition.ID)
	wantZones := []digest.Zone{{Name: "", Readers: 1}, {Name: newYork, Readers: 3}}
	if diff := cmp.Diff(wantZones, zones); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	var ids []int64
	want := map[int64]subscribers.Address{}
	for one, err := range s.List.Subscribers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		ids, want[one.ID] = append(ids, one.ID), one.Address
	}
	got, err := s.List.AddressesOf(t.Context(), append(ids, 1<<40))
	if len(got) != len(want) || err != nil {
		t.Errorf("got %d addresses, %v, want %d", len(got), err, len(want))
	}
	for id, a := range want {
		if got[id].Key() != a.Key() {
			t.Errorf("%d is at another address", id)
		}
	}
	did, err := s.List.Suppress(t.Context(), want[ids[0]], subscribers.Manual, evening.Add(time.Hour))
	if !did || err != nil {
		t.Fatal(did, err)
	}
	moments := []time.Time{evening.Add(-time.Second), evening, evening.Add(time.Hour)}
	active, err := s.List.ActiveAt(t.Context(), moments)
	if diff := cmp.Diff([]int{0, 4, 3}, active); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func whatAnEditionLeftOutIsCounted(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	o := Opening(0)
	o.Edition.PaperNumber = 5
	for id, verdict := range map[string]digest.Verdict{
		"a": digest.VerdictFull, "b": digest.VerdictFull, "c": digest.VerdictCopy, "harbour-0": digest.VerdictPrinted,
	} {
		o.Looks = append(o.Looks, digest.Look{ArticleID: id, Verdict: verdict, Published: evening})
	}
	r, err := s.Book.OpenEdition(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	left, err := s.Book.LeftOut(t.Context(), r.Number)
	want := map[string]int{string(digest.VerdictFull): 2, string(digest.VerdictCopy): 1}
	if diff := cmp.Diff(want, left); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	for number, want := range map[uint32]bool{4: false, 5: true, 6: false} {
		if got, err := s.Book.BeganAt(t.Context(), "evening", number); got != want || err != nil {
			t.Errorf("papers began at %d: %v, %v", number, got, err)
		}
	}
}

func theHashIsWhatItWasOpenedWith(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	o := Opening(0)
	if got, err := s.Book.ContentHash(t.Context(), o.Edition.ID); got != (digest.ContentHash{}) || err != nil {
		t.Errorf("before: %x, %v", got, err)
	}
	mustOpen(t, s, 0)
	if got, err := s.Book.ContentHash(t.Context(), o.Edition.ID); got != o.Hash() || err != nil {
		t.Errorf("got %x, %v", got, err)
	}
}

func anAdminsWordMovesAReaderAtOnce(t *testing.T, open Open) {
	s := open(t, Options{})
	one, _, err := s.List.Add(t.Context(), active(address(t, "ada@news.example")), evening)
	if err != nil {
		t.Fatal(err)
	}
	letter := digest.Letter{Kind: digest.Moved, Address: "ada@news.example", Bytes: []byte("x")}
	move := subscribers.Move{To: address(t, "ada@new.example"), AskedAt: evening, By: "desk"}
	if err := s.List.MoveAtOnce(t.Context(), one.PublicID, move, letter, evening); err != nil {
		t.Fatal(err)
	}
	if is, err := s.List.Reader(t.Context(), one.PublicID); is.Address.String() != "ada@new.example" || err != nil {
		t.Errorf("the reader is at %s, %v", is.Address, err)
	}
	// Who presses twice moves once.
	err = s.List.MoveAtOnce(t.Context(), one.PublicID, move, letter, evening)
	if !errors.Is(err, subscribers.ErrMeanwhile) {
		t.Errorf("again: %v", err)
	}
}
