package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

func anEditionIsDoneWhenNobodyIsOwed(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 2)
	n := mustOpen(t, s, 0)
	later := evening.Add(time.Minute)
	closing := func() error { return s.Book.Close(t.Context(), n, later) }
	if err := closing(); err == nil {
		t.Error("an open edition became done")
	}
	if err := s.Book.Pause(t.Context(), n, digest.PausedAccount, "the relay refuses us", later); err != nil {
		t.Fatal(err)
	}
	r, err := s.Book.Record(t.Context(), Opening(0).Edition.ID)
	if r.State != digest.Paused || r.Reason != "the relay refuses us" || err != nil {
		t.Errorf("got %+v, %v", r, err)
	}
	if err := closing(); err == nil {
		t.Error("a paused edition became done")
	}
	for range 2 {
		resume(t, s, n, later)
	}
	l := s.Ledger(n)
	ds := owed(t, l, evening)
	if err := closing(); !errors.Is(err, digest.ErrUnbalanced) {
		t.Errorf("pending: got %v, want ErrUnbalanced", err)
	} else if owed, is := errors.AsType[*digest.OwedError](err); !is || owed.Messages != len(ds) {
		t.Errorf("pending: got %v, want that %d are owed", err, len(ds))
	}
	intend(t, l, ds...)
	if err := closing(); !errors.Is(err, digest.ErrUnbalanced) {
		t.Errorf("attempting: got %v, want ErrUnbalanced", err)
	}
	if is, err := s.Book.InHand(t.Context(), n); err != nil || is == nil || is.Messages != 2 || !is.Until.After(evening) {
		t.Errorf("in hand are %v, %v, want 2 until their leases are over", is, err)
	}
	for _, d := range ds {
		settle(t, l, d, accepted(evening))
	}
	if is, err := s.Book.InHand(t.Context(), n); err != nil || is != nil {
		t.Errorf("in hand are %v, %v, want none", is, err)
	}
	for range 2 {
		if err := closing(); err != nil {
			t.Fatal(err)
		}
	}
	wantTally(t, s, 0, digest.Tally{Opened: 2, Sent: 2})
	r, err = s.Book.Record(t.Context(), Opening(0).Edition.ID)
	if r.State != digest.Done || !r.DoneAt.Equal(later) || r.Reason != "" || err != nil {
		t.Errorf("got %+v, %v", r, err)
	}
	if un, err := s.Book.Unfinished(t.Context()); len(un) != 0 || err != nil {
		t.Errorf("got %v, %v: a done edition goes on", un, err)
	}
	verified(t, s, n)
	if err := s.Book.Resume(t.Context(), n, 0, later); err == nil {
		t.Error("a done edition became sending")
	}
	if err := s.Book.Pause(t.Context(), n, digest.PausedDesk, "stop", later); err == nil {
		t.Error("a done edition became paused")
	}
	if _, err := s.Book.Verify(t.Context(), 99); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	for _, err := range []error{
		s.Book.Resume(t.Context(), 99, 0, evening), s.Book.Close(t.Context(), 99, evening),
		s.Book.Pause(t.Context(), 99, digest.PausedDesk, "", evening),
	} {
		if !errors.Is(err, digest.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
	}
}

func aPauseHasAKind(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	n := mustOpen(t, s, 0)
	for kind, byRelay := range map[digest.Pause]bool{
		digest.PausedAccount: true, digest.PausedMessage: true,
		digest.PausedCrashLoop: false, digest.PausedDesk: false,
	} {
		// The reason decides nothing.
		pause(t, s, n, kind, "the relay refuses us")
		r, err := s.Book.Record(t.Context(), Opening(0).Edition.ID)
		if r.Pause != kind || r.Pause.ByRelay() != byRelay || err != nil {
			t.Errorf("got %+v, %v, want the kind %q", r, err, kind)
		}
		if r := begins(t, s, n, digest.Paused); r.Pause != kind {
			t.Errorf("got %q at the begin, want %q", r.Pause, kind)
		}
		resume(t, s, n, evening)
	}
	pause(t, s, n, digest.PausedDesk, "a wrong name")
	pause(t, s, n, digest.PausedMessage, "the relay refuses the message")
	if err := s.Book.Revive(t.Context(), n, evening); err != nil {
		t.Error(err)
	}
	if r := begins(t, s, n, digest.Paused); r.Pause != digest.PausedDesk || r.Reason != "a wrong name" {
		t.Errorf("got %+v: what somebody paused stays so", r.Record)
	}
	resume(t, s, n, evening)
	for _, kind := range []digest.Pause{"", "bored"} {
		if err := s.Book.Pause(t.Context(), n, kind, "", evening); err == nil {
			t.Errorf("paused as %q", kind)
		}
	}
	resume(t, s, n, evening)
	r, err := s.Book.Record(t.Context(), Opening(0).Edition.ID)
	if r.Pause != "" || r.Reason != "" || r.State != digest.Sending || err != nil {
		t.Errorf("got %+v, %v", r, err)
	}
}

func theTimeOfAPersonsPauseDoesNotCount(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	n := mustOpen(t, s, 0)
	wantEnds := func(now, want time.Time) {
		t.Helper()
		r, err := s.Book.Record(t.Context(), Opening(0).Edition.ID)
		if got := r.Ends(now); !got.Equal(want) || err != nil {
			t.Errorf("it ends at %v, %v, want %v", got, err, want)
		}
	}
	ends := evening.Add(Opening(0).Until)
	wantEnds(evening, ends)
	for _, kind := range []digest.Pause{digest.PausedAccount, digest.PausedMessage, digest.PausedCrashLoop} {
		pause(t, s, n, kind, "not by a person")
		wantEnds(evening.Add(time.Hour), ends)
		resume(t, s, n, evening.Add(time.Hour))
		wantEnds(evening.Add(2*time.Hour), ends)
	}
	pause(t, s, n, digest.PausedDesk, "wait")
	morning := evening.Add(14 * time.Hour)
	wantEnds(morning, ends.Add(14*time.Hour))
	resume(t, s, n, morning)
	wantEnds(morning.Add(time.Hour), ends.Add(14*time.Hour))
	// To resume what is not paused changes nothing, unless a new time is given.
	resume(t, s, n, morning.Add(time.Hour))
	wantEnds(morning.Add(time.Hour), ends.Add(14*time.Hour))
	if err := s.Book.Resume(t.Context(), n, 3*time.Hour, morning); err != nil {
		t.Fatal(err)
	}
	wantEnds(morning, morning.Add(3*time.Hour))
}

func whatIsUnfinishedSaysWhenTheNextIsDue(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 2)
	n := mustOpen(t, s, 0)
	l := s.Ledger(n)
	next := func() time.Time {
		t.Helper()
		un, err := s.Book.Unfinished(t.Context())
		if err != nil || len(un) != 1 || un[0].Number != n {
			t.Fatalf("got %+v, %v", un, err)
		}
		return un[0].Next
	}
	ds := owed(t, l, evening)
	intend(t, l, ds...)
	if got := next(); !got.IsZero() {
		t.Errorf("got %v with none pending", got)
	}
	settle(t, l, ds[0], deferred(evening, evening.Add(time.Hour), "later"))
	settle(t, l, ds[1], deferred(evening, evening.Add(time.Minute), "soon"))
	if got, want := next(), evening.Add(time.Minute); !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	pause(t, s, n, digest.PausedMessage, "the relay refuses the message")
	if got, want := next(), evening.Add(time.Minute); !got.Equal(want) {
		t.Errorf("paused: got %v, want %v", got, want)
	}
}

func theSumsFollow(t *testing.T, open Open) {
	s := open(t, Options{})
	n := doneWithUnknown(t, s)
	want := digest.Tally{Opened: 3, Sent: 1, Unknown: 2}
	expect := func() {
		t.Helper()
		wantTally(t, s, 0, want)
		all, err := s.Book.Tallies(t.Context())
		if err != nil || len(all) != 1 || all[0].Tally != want {
			t.Errorf("got %+v, %v, want %+v", all, err, want)
		}
		verified(t, s, n)
	}
	expect()
	// One is in doubt after all: its outcome came too late.
	late := digest.Delivery{Key: 1, Address: "reader1@news.example"}
	err := s.Ledger(n).Settle(t.Context(), late, accepted(evening.Add(time.Hour)))
	if !errors.Is(err, digest.ErrTaken) {
		t.Errorf("got %v, want ErrTaken", err)
	}
	want.PossibleDuplicates = 1
	expect()
	if got, err := s.Book.Resolve(t.Context(), n, true, evening); got != 2 || err != nil {
		t.Fatal(got, err)
	}
	want = digest.Tally{Opened: 3, Sent: 1, Pending: 2, PossibleDuplicates: 3}
	expect()
	l := s.Ledger(n)
	for _, d := range owed(t, l, evening) {
		intend(t, l, d)
	}
	cutShort(t, l, true)
	closeEdition(t, s, n)
	want = digest.Tally{Opened: 3, Sent: 1, Unknown: 2, PossibleDuplicates: 3}
	expect()
	if got, err := s.Book.Resolve(t.Context(), n, false, evening); got != 2 || err != nil {
		t.Fatal(got, err)
	}
	want.Failed, want.Unknown = 2, 0
	expect()
	// What happens to a reader afterwards does not change what was sent.
	removeReader(t, s, address(t, "reader2@news.example"))
	if found, err := s.List.Erase(t.Context(), address(t, "reader3@news.example"), evening); !found || err != nil {
		t.Fatal(found, err)
	}
	expect()
	r, err := s.Book.Record(t.Context(), Opening(0).Edition.ID)
	if diff := cmp.Diff(4, r.Recovered); diff != "" || err != nil {
		t.Errorf("%v recovered: %s", err, diff)
	}
}
