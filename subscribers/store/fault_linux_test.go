package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"vesper/digest"
)

func TestADatabaseIsMadeWholeOnABadDisk(t *testing.T) {
	t.Parallel()
	onABadDisk(t, func(t *testing.T, d disk, _ fault) {
		folder, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, "vesper.db")
		s, err := Open(t.Context(), path, Options{})
		if err == nil {
			_, _, err = s.List().Add(t.Context(), activeReader(t, "ana@quay.example"), evening)
			s.Close()
		}
		d.heal(t)
		healed, failed := Open(t.Context(), path, Options{})
		if failed != nil {
			t.Error(failed)
			return
		}
		defer healed.Close()
		if got := number(t, healed, `SELECT count(*) FROM keys`); got != 3 {
			t.Errorf("%d keys, want 3", got)
		}
		if n, _ := healed.List().Count(t.Context(), opening(0).Edition.ID); n != 1 && err == nil {
			t.Error("a reader who was told to be on the list isn't")
		}
	})
}

// evidence is what a sender knows of its own doings.
type evidence struct {
	mu sync.Mutex
	// opened says that the edition was told to be open; wired names who was sent
	// a message, told whose outcome was told to be durable.
	opened      bool
	wired, told map[int64]bool
}

func TestNothingIsLostOnABadDisk(t *testing.T) {
	t.Parallel()
	const size = 200
	// One database is made before anything fails, and every try has a copy.
	model := filepath.Join(t.TempDir(), "model")
	if os.Getenv(faults) != "" {
		s := openFile(t, model)
		addMany(t, s, size)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	onABadDisk(t, func(t *testing.T, d disk, f fault) {
		folder, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, "vesper.db")
		copyFile(t, model, path)
		saw := evidence{wired: map[int64]bool{}, told: map[int64]bool{}}
		for range 2 {
			if s, err := Open(t.Context(), path, Options{}); err == nil {
				saw.send(t.Context(), s)
				s.Close()
			}
		}
		d.heal(t)
		s, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		saw.hold(t, s, size)
		if !f.onward && len(saw.told) != size {
			t.Errorf("one failing write kept %d readers from their edition", size-len(saw.told))
		}
		saw.send(t.Context(), s)
		if n := recoverAll(t, s, 1, false); n > size {
			t.Error(n)
		}
		saw.send(t.Context(), s)
		if got := tally(t, s); got.Sent != size {
			t.Errorf("got %+v: not everybody has the edition in the end", got)
		}
	})
}

// send opens the edition and brings it to everybody, as far as the disk allows.
func (e *evidence) send(ctx context.Context, s *File) {
	for range 3 {
		_, err := s.Book().OpenEdition(ctx, opening(0))
		e.opened = e.opened || err == nil
		if err == nil || errors.Is(err, digest.ErrExists) {
			break
		}
	}
	for range 2 {
		// What was taken over is due when it was.
		ds, err := s.Ledger(1).Owed(ctx, digest.Whole(), evening.Add(DefaultLease), nil, 1000)
		if err != nil || len(ds) == 0 {
			break
		}
		var all sync.WaitGroup
		for _, d := range ds {
			all.Go(func() { e.sendTo(ctx, s, d) })
		}
		all.Wait()
	}
}

// sendTo does what a connection does: no message without its intent, and the
// outcome until it is taken.
func (e *evidence) sendTo(ctx context.Context, s *File, d digest.Delivery) {
	ok, err := s.Ledger(1).Intend(ctx, d, evening, nil)
	if err != nil {
		_ = s.Ledger(1).Settle(ctx, d, digest.Settlement{Step: digest.Pending, At: evening, Due: evening})
		return
	}
	if !ok {
		return
	}
	e.mu.Lock()
	e.wired[d.Key] = true
	e.mu.Unlock()
	for range 4 {
		// Taken: an earlier try held although it was told to have failed.
		if err := s.Ledger(1).Settle(ctx, d, accepted(evening)); err == nil || errors.Is(err, digest.ErrTaken) {
			e.mu.Lock()
			e.told[d.Key] = true
			e.mu.Unlock()
			return
		}
	}
}

// hold holds the database against the evidence.
func (e *evidence) hold(t *testing.T, s *File, size int) {
	t.Helper()
	if got := text(t, s, `PRAGMA integrity_check`); got != "ok" {
		t.Errorf("integrity check: %s", got)
	}
	all, err := s.Book().Tallies(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		left := number(t, s, `SELECT (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM edition_messages)
			+ (SELECT count(*) FROM edition_articles)`)
		if e.opened || left != 0 {
			t.Errorf("no edition, with %d rows of it; told to be open: %v", left, e.opened)
		}
		return
	}
	if got := all[0].Tally; !got.Balanced() || got.Opened != size {
		t.Errorf("got %+v", got)
	}
	n := number(t, s, `SELECT (SELECT count(*) FROM edition_messages) * 10 + (SELECT count(*) FROM edition_articles)`)
	if n != 22 {
		t.Errorf("its messages and articles count %d, want 22", n)
	}
	sent := sentOnes(t, s)
	for id := range e.told {
		if !sent[id] {
			t.Errorf("subscriber %d was told to be sent and isn't", id)
		}
	}
	for id := range sent {
		if !e.wired[id] {
			t.Errorf("subscriber %d counts as sent and no message was", id)
		}
	}
}
