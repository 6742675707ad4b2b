package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// aReaderTakesBackThatTheyLeft: they are as they were, with all that they had chosen.
func aReaderTakesBackThatTheyLeft(t *testing.T, open Open) {
	s := open(t, Options{})
	one := addReader(t, s, "ines@reader.example")
	p := subscribers.Preferences{
		Evenings: 1 << time.Monday, Variant: digest.Plain, Timezone: "Asia/Tokyo", PausedUntil: "2027-01-05",
	}
	if err := s.List.Prefer(t.Context(), one.PublicID, p); err != nil {
		t.Fatal(err)
	}
	reader := func() subscribers.Subscriber {
		t.Helper()
		is, err := s.List.Reader(t.Context(), one.PublicID)
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	before := reader()
	left := evening.Add(time.Hour)
	leave := func(at time.Time) {
		t.Helper()
		if changed, err := s.List.Unsubscribe(t.Context(), one.PublicID, at); err != nil || !changed {
			t.Fatal(changed, err)
		}
	}
	returns := func(left, now time.Time, want bool) {
		t.Helper()
		if got, err := s.List.Return(t.Context(), one.PublicID, left, now); err != nil || got != want {
			t.Errorf("left %s, back %s: %v, %v, want %v", left, now, got, err, want)
		}
	}
	leave(left)
	returns(left.Add(time.Second), left.Add(time.Minute), false) // another leaving
	returns(left, left.Add(subscribers.UndoWithin), false)
	returns(left, left.Add(-time.Second), false)
	returns(left, left.Add(subscribers.UndoWithin-time.Second), true)
	if diff := cmp.Diff(before, reader(), cmp.AllowUnexported(subscribers.Address{})); diff != "" {
		t.Error(diff)
	}
	returns(left, left.Add(time.Minute), false)
	// Who has spoken against the address meanwhile counts.
	leave(left)
	is, err := s.List.Facts(t.Context(), one.Address)
	if err != nil || is.Status != subscribers.Unsubscribed {
		t.Fatalf("%+v, %v", is, err)
	}
	if _, err := s.List.Suppress(t.Context(), one.Address, subscribers.Manual, left); err != nil {
		t.Fatal(err)
	}
	returns(left, left.Add(time.Minute), false)
	if got, err := s.List.Return(t.Context(), 404, left, left); got || err != nil {
		t.Errorf("nobody: %v, %v", got, err)
	}
}
