package storetest

import (
	"errors"
	"testing"

	"vesper/digest"
)

// act does an act on the nth edition, and gives its record as it is then.
func act(t testing.TB, s Store, n int, kind digest.ActKind) digest.Record {
	t.Helper()
	_, is, err := s.Book.Act(t.Context(), digest.Act{
		Edition: Opening(n).Edition.ID, Kind: kind, By: "maria", Reason: "a wrong name", At: evening,
	}, "Evening Edition")
	if err != nil {
		t.Fatal(err)
	}
	return is
}

// aHeldEditionIsNotOpened until somebody releases it.
func aHeldEditionIsNotOpened(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	if r := act(t, s, 0, digest.Hold); r.State != digest.Held || r.Reason != "by maria: a wrong name" {
		t.Errorf("got %+v", r)
	}
	if _, err := s.Book.OpenEdition(t.Context(), Opening(0)); err == nil {
		t.Error("it was opened all the same")
	}
	_, _, err := s.Book.Act(t.Context(), digest.Act{
		Edition: Opening(0).Edition.ID, Kind: digest.Hold, By: "tom", At: evening,
	}, "")
	if !errors.Is(err, digest.ErrUnchanged) {
		t.Errorf("got %v, want ErrUnchanged", err)
	}
	act(t, s, 0, digest.Release)
	mustOpen(t, s, 0)
	acts, err := s.Book.Acts(t.Context(), Opening(0).Edition.ID)
	if len(acts) != 2 || err != nil || acts[0].Kind != digest.Hold || acts[1].By != "maria" || !acts[1].At.Equal(evening) {
		t.Errorf("got %+v, %v", acts, err)
	}
}

// aPauseIsHeardByTheNextMessage, whoever sends it, and a cancelled edition adds up.
func aPauseIsHeardByTheNextMessage(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 3)
	n := mustOpen(t, s, 0)
	begins(t, s, n, digest.Sending)
	l := s.Ledger(n)
	rows := owed(t, l, evening)
	intend(t, l, rows[0])
	act(t, s, 0, digest.Halt)
	if taken, err := l.Intend(t.Context(), rows[1], evening, nil); taken || !errors.Is(err, digest.ErrStopped) {
		t.Errorf("got %t, %v, want ErrStopped", taken, err)
	}
	act(t, s, 0, digest.Resume)
	intend(t, l, rows[1])
	if r := act(t, s, 0, digest.Cancel); r.State != digest.Paused || r.CancelAt.IsZero() {
		t.Errorf("got %+v", r)
	}
	if done, err := s.Book.Cancel(t.Context(), n, evening); done || err != nil {
		t.Errorf("got %t, %v while two are under way", done, err)
	}
	sent := digest.Settlement{Step: digest.Sent, Outcome: digest.Outcome{Class: digest.Accepted, Code: 250}, At: evening}
	doubted := digest.Settlement{
		Step: digest.Pending, Doubted: true, Due: evening, At: evening,
		Outcome: digest.Outcome{Class: digest.InDoubt},
	}
	if err := errors.Join(l.Settle(t.Context(), rows[0], sent), l.Settle(t.Context(), rows[1], doubted)); err != nil {
		t.Fatal(err)
	}
	if err := s.Book.Resume(t.Context(), n, 0, evening); err == nil {
		t.Error("a cancelled edition goes on")
	}
	if done, err := s.Book.Cancel(t.Context(), n, evening); !done || err != nil {
		t.Errorf("got %t, %v", done, err)
	}
	want := digest.Tally{Opened: 3, Sent: 1, Unknown: 1, Skipped: 1, PossibleDuplicates: 1}
	if got := tally(t, s, 0); got != want || !got.Balanced() {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
