//go:build unix

package store

import (
	"context"
	"errors"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// What is cancelled, too old, made due or taken back before it was entered adds up too.
func TestAnEditionEndsBeforeItIsEntered(t *testing.T) {
	ctx, id := t.Context(), opening(0).Edition.ID
	t.Run("cancelled", func(t *testing.T) {
		s := byTwos(t)
		addManyOnServer(t, s, 2*skippedAtOnce*2+1)
		n := mustOpen(t, s, 0).Number
		onlyOwed(t, s, n, 1)
		act := digest.Act{Edition: id, Kind: digest.Cancel, By: "ada", At: evening}
		if _, _, err := s.Book().Act(ctx, act, ""); err != nil {
			t.Fatal(err)
		}
		if done, err := s.Book().Cancel(ctx, n, evening); !done || err != nil {
			t.Errorf("got %t, %v", done, err)
		}
		addsUp(t, s, n, digest.Tally{Opened: 81, Skipped: 81})
		rowsAre(t, s, 81, 0)
	})
	t.Run("too old", func(t *testing.T) {
		s := byTwos(t)
		readers := addReaders(t, s, 5)
		n := mustOpen(t, s, 0).Number
		change(t, s, `UPDATE subscribers SET status = 'suppressed' WHERE id = $1`, readers[4].ID)
		swept, err := s.Ledger(n).Sweep(ctx, digest.Sweeping{
			Range: digest.Whole(), Now: evening.Add(time.Hour), TooOld: evening,
		})
		if err != nil || swept.TooOld != 4 || !swept.Next.IsZero() {
			t.Errorf("got %+v, %v", swept, err)
		}
		addsUp(t, s, n, digest.Tally{Opened: 5, Expired: 4, Skipped: 1})
	})
	t.Run("ahead", func(t *testing.T) {
		s := byTwos(t)
		addReaders(t, s, 5)
		o := opening(0)
		o.Due, o.At = o.At, o.At.Add(-time.Minute)
		o.Edition.Window.To = o.At
		for range 2 {
			opened, err := s.Book().OpenEdition(ctx, o)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Book().Hasten(ctx, opened.Number, o.At); err != nil {
				t.Fatal(err)
			}
			rowsAre(t, s, 0, 3)
			if got, err := s.Ledger(opened.Number).Owed(ctx, digest.Whole(), o.At, nil, 1); len(got) != 1 || err != nil {
				t.Errorf("got %v, %v", got, err)
			}
			if err := s.Book().Discard(ctx, id); err != nil {
				t.Fatal(err)
			}
			rowsAre(t, s, 0, 0)
		}
	})
	t.Run("signed ahead", func(t *testing.T) {
		s := byTwos(t)
		addReaders(t, s, 5)
		o := opening(0)
		o.Due, o.At = o.At, o.At.Add(-time.Minute)
		o.Edition.Window.To = o.At
		opened, err := s.Book().OpenEdition(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		// Who signs ahead reads what is due then.
		if all := onlyOwed(t, s, opened.Number, 100); len(all) != 5 {
			t.Errorf("to sign: %v, want 5", all)
		}
		if err := s.Book().Hasten(ctx, opened.Number, o.At); err != nil {
			t.Fatal(err)
		}
		if m, err := s.Muster(ctx, opened.Number, o.At); m.Due != 3 || !m.Next.Equal(o.At) || err != nil {
			t.Errorf("got %+v, %v, want 3 chunks due", m, err)
		}
	})
}

// A correction takes over who was entered and who was not, each once; nobody who has left.
func TestACorrectionOfAHalfEnteredEdition(t *testing.T) {
	s := byTwos(t)
	ctx := t.Context()
	readers := addReaders(t, s, 7)
	n := mustOpen(t, s, 0).Number
	if _, err := s.Book().Begin(ctx, n, evening); err != nil {
		t.Fatal(err)
	}
	first := onlyOwed(t, s, n, 1)
	intendAll(t, s, n, first)
	if err := s.Ledger(n).Settle(ctx, first[0], accepted(evening)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.List().Unsubscribe(ctx, readers[3].PublicID, evening); err != nil {
		t.Fatal(err)
	}
	change(t, s, `UPDATE subscribers SET status = 'suppressed' WHERE id = $1`, readers[5].ID)
	act := digest.Act{Edition: opening(0).Edition.ID, Kind: digest.Halt, By: "ada", At: evening}
	if _, _, err := s.Book().Act(ctx, act, ""); err != nil {
		t.Fatal(err)
	}
	o := opening(0)
	o.Edition.ID.Sequence, o.At = 2, evening.Add(time.Minute)
	if got, err := s.Book().Toward(ctx, act.Edition); got != (digest.Toward{Whole: 4, Told: 1}) || err != nil {
		t.Errorf("toward %+v, %v", got, err)
	}
	act.Kind, act.At = digest.Correct, o.At
	c, err := s.Book().OpenCorrection(ctx, o, act)
	if err != nil || c.Tally != (digest.Tally{Opened: 4, Pending: 4}) {
		t.Fatalf("got %+v, %v", c, err)
	}
	addsUp(t, s, n, digest.Tally{Opened: 7, Sent: 1, Skipped: 6})
	reasons := []string{"", "superseded", "superseded", "unsubscribed", "superseded", "suppressed", "superseded"}
	for i, want := range reasons {
		r, err := s.Book().Receipt(ctx, opening(0).Edition.ID, readers[i].ID)
		if err != nil || r.Reason != want {
			t.Errorf("reader %d: got %+v, %v, want %s", i, r, err, want)
		}
	}
	if got := owed(t, s, c.Number, o.At); len(got) != 4 {
		t.Errorf("owed to %v", got)
	}
	if faults, err := s.Book().Verify(ctx, c.Number); len(faults) > 0 || err != nil {
		t.Errorf("%q, %v", faults, err)
	}
}

// The server dies between the opening and the entering, and while a chunk is entered: who
// comes next enters what is left.
func TestTheServerDiesBeforeReadersAreEntered(t *testing.T) {
	server := pgtest.Start(t)
	url := server.Database(t, "killed")
	s := openServerAt(t, url, Options{Chunk: 2})
	addReaders(t, s, 5)
	n := mustOpen(t, s, 0).Number
	server.Signal(t, syscall.SIGKILL)
	s = openServerAt(t, url, Options{Chunk: 2})
	addsUp(t, s, n, digest.Tally{Opened: 5, Pending: 5})
	broken := errors.New("it dies")
	if err := s.write.whole(t.Context(), func(ctx context.Context, c conn) error {
		if err := enterChunk(ctx, c, n, 1, evening); err != nil {
			return err
		}
		return broken
	}); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	rowsAre(t, s, 0, 3)
	if got := onlyOwed(t, s, n, 3); len(got) != 3 {
		t.Errorf("owed to %v", got)
	}
	server.Signal(t, syscall.SIGKILL)
	s = openServerAt(t, url, Options{Chunk: 2})
	rowsAre(t, s, 4, 1)
	if got := onlyOwed(t, s, n, 100); len(got) != 5 {
		t.Errorf("owed to %v", got)
	}
	addsUp(t, s, n, digest.Tally{Opened: 5, Pending: 5})
}

// A file has no chunks: who is in one has a delivery there.
func TestAnEditionIsMovedToAFileBeforeItIsEntered(t *testing.T) {
	server := aServer(t)
	s, err := openAt(t, server, false)
	if err != nil {
		t.Fatal(err)
	}
	readers := addReaders(t, s, 3)
	n := mustOpen(t, s, 0).Number
	change(t, s, `UPDATE subscribers SET status = 'suppressed' WHERE id = $1`, readers[1].ID)
	rowsAre(t, s, 0, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file := Place{Path: filepath.Join(t.TempDir(), "back.db")}
	if _, err := Move(t.Context(), moving1(server, file)); err != nil {
		t.Fatal(err)
	}
	if s, err = openAt(t, file, false); err != nil {
		t.Fatal(err)
	}
	addsUp(t, s, n, digest.Tally{Opened: 3, Skipped: 1, Pending: 2})
}
