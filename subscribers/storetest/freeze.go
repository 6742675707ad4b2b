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

// early is when editions are opened ahead of their time.
const early = 10 * time.Minute

// openEarly opens the edition of a day ahead of its time.
func openEarly(t testing.TB, s Store, n int, looks ...digest.Look) digest.Record {
	t.Helper()
	o := Opening(n)
	o.At, o.Due, o.Looks = o.At.Add(-early), o.At, looks
	o.Edition.Window.To = o.At
	pins, err := s.Book.Pins(t.Context(), o.Edition.ID.Slot)
	if err != nil {
		t.Fatal(err)
	}
	o.Pins = pins
	opened, err := s.Book.OpenEdition(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return opened.Record
}

// whatIsOpenedAheadIsDueAtItsTime: nobody is owed it before; who leaves meanwhile is not sent
// it, and who comes is.
func whatIsOpenedAheadIsDueAtItsTime(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 3)
	r := openEarly(t, s, 0)
	if !r.DueAt.Equal(evening) || !r.OpenedAt.Equal(evening.Add(-early)) || !r.Ahead() || !r.Begins().Equal(evening) {
		t.Errorf("got %+v", r)
	}
	l := s.Ledger(r.Number)
	if all := owed(t, l, evening.Add(-time.Second)); len(all) != 0 {
		t.Errorf("%d are owed before its time", len(all))
	}
	if all, err := s.Book.Archive(t.Context(), 5); len(all) != 0 || err != nil {
		t.Errorf("the archive has %v, %v", all, err)
	}
	removeReader(t, s, address(t, owed(t, l, evening)[0].Address))
	waits := subscribers.Subscriber{Address: address(t, "waits@news.example"), Status: subscribers.Unconfirmed}
	sunday := subscribers.Subscriber{Address: address(t, "sunday@news.example"), Status: subscribers.Active}
	sunday.Slots = []string{"morning"}
	for _, one := range []subscribers.Subscriber{waits, sunday} {
		if _, _, err := s.List.Add(t.Context(), one, evening); err != nil {
			t.Fatal(err)
		}
	}
	addReader(t, s, "new@news.example")
	wantTally(t, s, 0, digest.Tally{Opened: 3, Skipped: 1, Pending: 2})
	begun := begins(t, s, r.Number, digest.Sending)
	want := digest.Tally{Opened: 4, Skipped: 1, Pending: 3}
	if diff := cmp.Diff(want, begun.Tally); diff != "" {
		t.Error(diff)
	}
	wantTally(t, s, 0, want)
	ds := owed(t, l, evening)
	for _, d := range ds {
		if !d.FirstDue.Equal(evening) {
			t.Errorf("%s is first due at %s", d.Address, d.FirstDue)
		}
	}
	if len(ds) != 3 || ds[2].Address != "new@news.example" {
		t.Errorf("got %v", ds)
	}
	// Who comes later is not entered by a later run.
	addReader(t, s, "later@news.example")
	begins(t, s, r.Number, digest.Sending)
	wantTally(t, s, 0, want)
	if all, err := s.Book.Archive(t.Context(), 5); len(all) != 1 || err != nil {
		t.Errorf("the archive has %v, %v", all, err)
	}
	verified(t, s, r.Number)
}

func whatIsOpenedAheadCanBeHastened(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 2)
	r := openEarly(t, s, 0)
	now := evening.Add(-early / 2)
	for range 2 {
		if err := s.Book.Hasten(t.Context(), r.Number, now); err != nil {
			t.Fatal(err)
		}
	}
	ds := owed(t, s.Ledger(r.Number), now)
	if len(ds) != 2 || !ds[0].FirstDue.Equal(now) || !ds[1].Due.Equal(now) {
		t.Errorf("got %+v", ds)
	}
	again, err := s.Book.Record(t.Context(), r.ID)
	if err != nil || !again.DueAt.Equal(now) || again.Frozen(now) || !again.Ends(now).Equal(now.Add(r.Until)) {
		t.Errorf("got %+v, %v", again, err)
	}
	// What is due is not due again.
	n := mustOpen(t, s, 1)
	if err := s.Book.Hasten(t.Context(), n, evening.AddDate(0, 0, 1).Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	if ds := owed(t, s.Ledger(n), evening.AddDate(0, 0, 1)); !ds[0].FirstDue.Equal(evening.AddDate(0, 0, 1)) {
		t.Errorf("got %+v", ds[0])
	}
}

// whatIsOpenedAheadCanBePaused: whoever pauses it and lets it go on changes neither when it
// is sent, nor to whom, nor that it can be taken back.
func whatIsOpenedAheadCanBePaused(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 2)
	r := openEarly(t, s, 0)
	record := func() digest.Record {
		t.Helper()
		r, err := s.Book.Record(t.Context(), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if all, err := s.Book.Archive(t.Context(), 5); len(all) != 0 || err != nil || !r.Ahead() {
			t.Errorf("the archive has %v, %v; it is %+v", all, err, r)
		}
		return r
	}
	during := evening.Add(-early / 2)
	if err := s.Book.Pause(t.Context(), r.Number, digest.PausedDesk, "a slip", during); err != nil {
		t.Fatal(err)
	}
	if r := record(); !r.Frozen(during) || !r.Ends(evening).Equal(evening.Add(r.Until)) {
		t.Errorf("paused: %+v", r)
	}
	addReader(t, s, "new@news.example")
	begins(t, s, r.Number, digest.Paused)
	wantTally(t, s, 0, digest.Tally{Opened: 2, Pending: 2})
	record()
	// Only what it stands from its time on makes its end later.
	if err := s.Book.Resume(t.Context(), r.Number, 0, evening.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if r := record(); !r.Frozen(during) || !r.Ends(evening).Equal(evening.Add(r.Until+time.Minute)) {
		t.Errorf("resumed: %+v", r)
	}
	if err := s.Book.Discard(t.Context(), r.ID); err != nil {
		t.Error(err)
	}
	// Paused, it is made due as well, and its first run takes in who has joined.
	r = openEarly(t, s, 0)
	pause(t, s, r.Number, digest.PausedDesk, "a slip")
	if err := s.Book.Hasten(t.Context(), r.Number, during); err != nil {
		t.Fatal(err)
	}
	addReader(t, s, "newer@news.example")
	if err := s.Book.Resume(t.Context(), r.Number, 0, evening); err != nil {
		t.Fatal(err)
	}
	begins(t, s, r.Number, digest.Sending)
	wantTally(t, s, 0, digest.Tally{Opened: 4, Pending: 4})
	if ds := owed(t, s.Ledger(r.Number), during); len(ds) != 4 {
		t.Errorf("%d are owed, want 4", len(ds))
	}
	verified(t, s, r.Number)
}

// whatIsOpenedAheadCanBeDiscarded: then all is as it was before, but for the number.
func whatIsOpenedAheadCanBeDiscarded(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 2)
	look := func(id string, v digest.Verdict) digest.Look {
		return digest.Look{ArticleID: id, Verdict: v, Published: evening, Text: digest.TextOf(digest.Article{Headline: id})}
	}
	o := Opening(0)
	o.Looks = []digest.Look{look("full", digest.VerdictFull), look("old", digest.VerdictOld)}
	if _, err := s.Book.OpenEdition(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	printed1 := Opening(1).Edition.Articles[1].ID
	pins := []string{"z", printed1, "a"}
	for slot, pins := range map[string][]string{"evening": pins, "morning": {printed1}, "noon": {printed1, "b"}} {
		if err := s.Book.SetPins(t.Context(), slot, nil, pins, evening); err != nil {
			t.Fatal(err)
		}
	}
	past := func() (map[string]digest.Look, digest.History, map[string]digest.ID) {
		looked, err := s.Book.Looked(t.Context(), "evening")
		history, err2 := s.Book.History(t.Context(), "evening", evening.AddDate(0, 0, 1))
		printed, err3 := s.Book.Printed(t.Context())
		if err := errors.Join(err, err2, err3); err != nil {
			t.Fatal(err)
		}
		return looked, history, printed
	}
	looked, history, printed := past()
	r := openEarly(t, s, 1, look("full", digest.VerdictPrinted), look("new", digest.VerdictFull))
	// What the desk has set anew for another slot stays.
	later := evening.AddDate(0, 0, 1)
	if err := s.Book.SetPins(t.Context(), "noon", []string{"b"}, []string{"c", "b"}, later); err != nil {
		t.Fatal(err)
	}
	if err := s.Book.Discard(t.Context(), r.ID); err != nil {
		t.Fatal(err)
	}
	looked2, history2, printed2 := past()
	for _, diff := range []string{cmp.Diff(looked, looked2), cmp.Diff(history, history2), cmp.Diff(printed, printed2)} {
		if diff != "" {
			t.Error(diff)
		}
	}
	for slot, want := range map[string][]string{"evening": pins, "morning": {printed1}, "noon": {"c", "b"}} {
		if got, err := s.Book.Pins(t.Context(), slot); err != nil || !slices.Equal(got, want) {
			t.Errorf("pins of %s: %q, %v, want %q", slot, got, err, want)
		}
	}
	if _, err := s.Book.Record(t.Context(), r.ID); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	again := openEarly(t, s, 1)
	if again.Number != r.Number+1 {
		t.Errorf("number %d is given again", again.Number)
	}
	verified(t, s, again.Number)
	// Once its first run has begun, or a later one was opened, there is no way back.
	after := openEarly(t, s, 2)
	if err := s.Book.Discard(t.Context(), again.ID); !errors.Is(err, digest.ErrExists) {
		t.Errorf("before a later one: %v", err)
	}
	begins(t, s, after.Number, digest.Sending)
	for _, id := range []digest.ID{after.ID, o.Edition.ID} {
		if err := s.Book.Discard(t.Context(), id); !errors.Is(err, digest.ErrExists) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if err := s.Book.Discard(t.Context(), Opening(9).Edition.ID); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	wantTally(t, s, 2, digest.Tally{Opened: 2, Pending: 2})
}
