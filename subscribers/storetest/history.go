package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// day gives the ID of the evening edition of a day from that of the first.
func day(n int) digest.ID {
	id := Opening(0).Edition.ID
	id.Date = id.Date.AddDays(n)
	return id
}

func daysOnEndAreOneRecord(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	at := evening.AddDate(0, 0, 9)
	r := digest.Record{ID: day(8), State: digest.Missed, MissedFrom: day(2).Date, Reason: "not running"}
	if err := s.Book.Enter(t.Context(), r, nil, at); err != nil {
		t.Fatal(err)
	}
	h, err := s.Book.History(t.Context(), "evening", at)
	if err != nil {
		t.Fatal(err)
	}
	want := map[digest.Date]digest.State{}
	for n := 2; n <= 8; n++ {
		want[day(n).Date] = digest.Missed
	}
	if diff := cmp.Diff(want, h.Days); diff != "" {
		t.Error(diff)
	}
	if got, err := s.Book.Record(t.Context(), day(8)); err != nil || got.MissedFrom != day(2).Date {
		t.Errorf("got %+v, %v", got, err)
	}
	// One of its days that gets an edition all the same has a record of its own; the
	// last day, with which it stands and falls, takes it along.
	mustOpen(t, s, 5)
	if h, err = s.Book.History(t.Context(), "evening", at); err != nil || h.Days[day(5).Date] != digest.Open ||
		h.Days[day(4).Date] != digest.Missed {
		t.Errorf("after an opening: %v, %v", h.Days, err)
	}
	mustOpen(t, s, 8)
	if got, err := s.Book.Record(t.Context(), day(8)); err != nil || got.MissedFrom != (digest.Date{}) {
		t.Errorf("after the opening of its day: %+v, %v", got, err)
	}
}

func whatAWrongClockRecordedIsNoRecord(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	ahead := evening.AddDate(1, 0, 0)
	for n, state := range []digest.State{digest.Empty, digest.Missed} {
		if err := s.Book.Enter(t.Context(), digest.Record{ID: day(n), State: state}, nil, ahead); err != nil {
			t.Fatal(err)
		}
	}
	h, err := s.Book.History(t.Context(), "evening", evening)
	if err != nil || len(h.Days) != 0 {
		t.Errorf("got %v, %v: want none", h.Days, err)
	}
	// The clock that is right records over it, and opens.
	r := digest.Record{ID: day(0), State: digest.Missed, Reason: "slept"}
	if err := s.Book.Enter(t.Context(), r, nil, evening); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, s, 1)
	h, err = s.Book.History(t.Context(), "evening", evening)
	want := map[digest.Date]digest.State{day(0).Date: digest.Missed, day(1).Date: digest.Open}
	if diff := cmp.Diff(want, h.Days); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func aCutOffToComeBoundsNoWindow(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	mustOpen(t, s, 0)
	mustOpen(t, s, 200)
	for now, want := range map[time.Time]time.Time{
		evening:                    evening,
		evening.AddDate(0, 0, 2):   evening,
		evening.Add(-time.Second):  evening, // the second of a sending by hand
		evening.AddDate(0, 0, 200): Opening(200).Edition.Window.To,
	} {
		if h, err := s.Book.History(t.Context(), "evening", now); err != nil || !h.CutOff.Equal(want) {
			t.Errorf("at %v: got %v, %v, want %v", now, h.CutOff, err, want)
		}
	}
}

func aRecordIsForgottenUnlessItWasOpened(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	if err := s.Book.Forget(t.Context(), day(1)); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("nothing: got %v, want ErrNotFound", err)
	}
	if err := s.Book.Enter(t.Context(), digest.Record{ID: day(1), State: digest.Missed}, nil, evening); err != nil {
		t.Fatal(err)
	}
	if err := s.Book.Forget(t.Context(), day(1)); err != nil {
		t.Error(err)
	}
	if _, err := s.Book.Record(t.Context(), day(1)); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("after it was forgotten: got %v, want ErrNotFound", err)
	}
	mustOpen(t, s, 0)
	if err := s.Book.Forget(t.Context(), day(0)); !errors.Is(err, digest.ErrExists) {
		t.Errorf("an opened one: got %v, want ErrExists", err)
	}
	verified(t, s, 1)
}

func theBookKnowsWhenItWasLastUsed(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	if at, err := s.Book.Latest(t.Context()); err != nil || !at.IsZero() {
		t.Errorf("got %v, %v, want never", at, err)
	}
	if err := s.Book.Enter(t.Context(), digest.Record{ID: day(9), State: digest.Missed}, nil,
		evening.AddDate(1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, s, 0)
	if at, err := s.Book.Latest(t.Context()); err != nil || !at.Equal(evening) {
		t.Errorf("got %v, %v, want %v", at, err, evening)
	}
	later := evening.Add(5 * time.Hour)
	if _, err := s.Book.Begin(t.Context(), 1, later); err != nil {
		t.Fatal(err)
	}
	if at, err := s.Book.Latest(t.Context()); err != nil || !at.Equal(later) {
		t.Errorf("after a run began: got %v, %v, want %v", at, err, later)
	}
}
