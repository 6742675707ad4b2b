package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

func thePastIsRemembered(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	if _, err := s.Book.Record(t.Context(), Opening(0).Edition.ID); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if _, err := s.Book.Tallied(t.Context(), Opening(0).Edition.ID); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	for _, at := range []time.Time{evening, evening.Add(time.Hour)} {
		if err := s.Book.Started(t.Context(), map[string]string{"evening": "days", "morning": ""}, at); err != nil {
			t.Fatal(err)
		}
	}
	h, err := s.Book.History(t.Context(), "evening", evening)
	none := digest.History{Since: evening, Days: map[digest.Date]digest.State{}}
	if diff := cmp.Diff(none, h); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	mustOpen(t, s, 0)
	mustOpen(t, s, 1)
	first, second := Opening(0).Edition.ID, Opening(1).Edition.ID
	missed := digest.ID{Date: first.Date.AddDays(2), Slot: "evening", Sequence: 1}
	day := digest.Record{ID: missed, State: digest.Missed}
	if err := s.Book.Enter(t.Context(), day, nil, evening.AddDate(0, 0, 2)); err != nil {
		t.Fatal(err)
	}
	now := evening.AddDate(0, 0, 2)
	h, err = s.Book.History(t.Context(), "evening", now)
	want := digest.History{
		Since: evening, CutOff: Opening(1).Edition.Window.To,
		Days: map[digest.Date]digest.State{
			first.Date: digest.Open, second.Date: digest.Open, missed.Date: digest.Missed,
		},
	}
	if diff := cmp.Diff(want, h); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	printed, err := s.Book.Printed(t.Context())
	if diff := cmp.Diff(map[string]digest.ID{
		"harbour-0": first, "ferry-0": first, "harbour-1": second, "ferry-1": second,
	}, printed); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	morning, err := s.Book.History(t.Context(), "morning", now)
	if err != nil || len(morning.Days) != 0 || !morning.CutOff.IsZero() {
		t.Errorf("got %+v, %v: what any slot printed counts, its cut-off does not", morning, err)
	}
	all, err := s.Book.Records(t.Context())
	var ids []digest.ID
	for _, r := range all {
		ids = append(ids, r.ID)
	}
	if diff := cmp.Diff([]digest.ID{missed, second, first}, ids); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	tallies, err := s.Book.Tallies(t.Context())
	for i, r := range tallies {
		if diff := cmp.Diff(all[i], r.Record); diff != "" {
			t.Error(diff)
		}
	}
	if len(tallies) != len(all) || tallies[2].Tally != (digest.Tally{Opened: 1, Pending: 1}) || err != nil {
		t.Errorf("got %+v, %v", tallies, err)
	}
	un, err := s.Book.Unfinished(t.Context())
	if diff := cmp.Diff([]digest.Unfinished{
		{Record: all[2], Next: evening}, {Record: all[1], Next: evening.AddDate(0, 0, 1)},
	}, un); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func theArchiveHasTheNewestFirst(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	for day := range 3 {
		mustOpen(t, s, day)
	}
	got, err := s.Book.Archive(t.Context(), 2)
	if diff := cmp.Diff([]digest.Printed{
		{ID: Opening(2).Edition.ID, Title: "Evening Edition", Subject: "The harbour reopens", At: Opening(2).At.UTC()},
		{ID: Opening(1).Edition.ID, Title: "Evening Edition", Subject: "The harbour reopens", At: Opening(1).At.UTC()},
	}, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if _, err := s.Book.Edition(t.Context(), Opening(5).Edition.ID); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	_, err = s.Book.PrintedArticle(t.Context(), Opening(0).Edition.ID, "harbour-1")
	if !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func wordsAreKeptUntilTheEditionIsOpened(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	id := Opening(0).Edition.ID
	said := digest.Words{Subject: "The harbour, at last", Note: "We are late today."}
	for _, w := range []digest.Words{{}, {Note: "Soon."}, {Subject: "The harbour"}, {}, said} {
		if err := s.Book.SetWords(t.Context(), id, w, evening); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Book.Words(t.Context(), id); got != w || err != nil {
			t.Errorf("got %+v, %v, want %+v", got, err, w)
		}
	}
	if got, err := s.Book.Words(t.Context(), Opening(1).Edition.ID); got != (digest.Words{}) || err != nil {
		t.Errorf("another edition has %+v, %v", got, err)
	}
	forged := digest.Words{Subject: "x\r\nBcc: all@news.example"}
	if err := s.Book.SetWords(t.Context(), Opening(1).Edition.ID, forged, evening); err == nil {
		t.Error("a subject ended its header field")
	}
	// Neither an edition to come nor a day without one is in the way of its words,
	// nor they in its way.
	missed := digest.Record{ID: id, State: digest.Missed, Reason: "asleep"}
	if err := s.Book.Enter(t.Context(), missed, nil, evening); err != nil {
		t.Fatal(err)
	}
	if err := s.Book.SetWords(t.Context(), id, said, evening); err != nil {
		t.Error(err)
	}
	// An edition that was decided with other words than are kept now is not opened.
	o := Opening(0)
	if _, err := s.Book.OpenEdition(t.Context(), o); !errors.Is(err, digest.ErrReworded) {
		t.Errorf("got %v, want ErrReworded", err)
	}
	o.Kept = said
	if _, err := s.Book.OpenEdition(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	for _, w := range []digest.Words{{}, {Subject: "Too late"}} {
		err := s.Book.SetWords(t.Context(), id, w, evening)
		if !errors.Is(err, digest.ErrExists) || !strings.Contains(err.Error(), id.String()) {
			t.Errorf("got %v, want ErrExists and the edition", err)
		}
	}
	if got, err := s.Book.Words(t.Context(), id); got != said || err != nil {
		t.Errorf("got %+v, %v: what was printed is kept", got, err)
	}
}
