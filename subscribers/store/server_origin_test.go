//go:build unix

package store

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// A machine that comes new, or was off, has seen nothing. That another one has seen a later state of
// the database is enough for it.
func TestWhatOneMachineHasSeenHoldsThemAll(t *testing.T) {
	url := pgtest.New(t)
	saw, comes := openedServer(t, url), openedServer(t, url)
	addReaders(t, saw, 2)
	r := mustOpen(t, saw, 0)
	for range 3 {
		if _, err := saw.Book().Begin(t.Context(), r.Number, evening); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(saw.noteSent(t.Context()), comes.Behind(t.Context())); err != nil {
		t.Fatal(err)
	}
	asks(t, url, `UPDATE numbers SET runs = 1`)
	if err := saw.NoteSeen(t.Context()); !errors.Is(err, digest.ErrBehind) {
		t.Fatalf("who has seen it: got %v, want ErrBehind", err)
	}
	err := comes.Behind(t.Context())
	if !errors.Is(err, digest.ErrBehind) || !strings.Contains(err.Error(), "runs were noted 3 times on ") {
		t.Errorf("who comes new: got %v, want ErrBehind, and who has seen what", err)
	}
	// The word of an admin on any machine is for all.
	if err := comes.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(comes.Behind(t.Context()), saw.Behind(t.Context()), saw.NoteSeen(t.Context())); err != nil {
		t.Errorf("it was accepted: %v", err)
	}
}

// What pg_restore makes are other tables than those that were sent from, whatever is in them.
func TestTablesThatWerePutBackAreHeldWhoeverComes(t *testing.T) {
	url := pgtest.New(t)
	s := openedServer(t, url)
	addReaders(t, s, 2)
	again := func() {
		t.Helper()
		asks(t, url, `CREATE TABLE copy (LIKE origin INCLUDING ALL)`, `INSERT INTO copy SELECT * FROM origin`,
			`DROP TABLE origin`, `ALTER TABLE copy RENAME TO origin`)
	}
	// Nobody was sent anything: nobody can get it twice.
	again()
	if err := s.Behind(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := mustOpen(t, s, 0)
	if _, err := s.Book().Begin(t.Context(), r.Number, evening); err != nil {
		t.Fatal(err)
	}
	if err := s.Behind(t.Context()); err != nil {
		t.Fatal(err)
	}
	again()
	comes := openServerAt(t, url, Options{})
	for _, machine := range []*File{s, comes} {
		if err := machine.Behind(t.Context()); !errors.Is(err, digest.ErrBehind) {
			t.Errorf("%s: got %v, want ErrBehind", filepath.Base(machine.path), err)
		}
	}
	if err := comes.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, machine := range []*File{s, comes} {
		if err := machine.Behind(t.Context()); err != nil {
			t.Errorf("it was accepted: %v", err)
		}
	}
}

// What is put back may be older than the last word about such a one, and knows nothing of that.
func TestAnAcceptedDatabaseThatIsPutBackOnceMoreIsAcceptedForAllToo(t *testing.T) {
	url := pgtest.New(t)
	saw := openedServer(t, url)
	addReaders(t, saw, 2)
	r := mustOpen(t, saw, 0)
	for evenings := range 3 {
		// Whoever says the word has seen nothing yet.
		comes := openedServer(t, url)
		now := evening.AddDate(0, 0, evenings)
		comes.core.now = func() time.Time { return now }
		for range 3 {
			if _, err := saw.Book().Begin(t.Context(), r.Number, evening); err != nil {
				t.Fatal(err)
			}
		}
		if err := saw.NoteSeen(t.Context()); err != nil {
			t.Fatal(err)
		}
		asks(t, url, `UPDATE numbers SET runs = 1`)
		if err := saw.Behind(t.Context()); !errors.Is(err, digest.ErrBehind) {
			t.Fatalf("put back %d times: got %v, want ErrBehind", evenings+1, err)
		}
		if err := comes.Accept(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(saw.Behind(t.Context()), comes.Behind(t.Context())); err != nil {
			t.Fatalf("accepted %d times: %v", evenings+1, err)
		}
	}
}
