//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
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

// What is put back may be older than the last word about such a one, and knows nothing of that; or it was made
// after an earlier word, as a nightly backup is.
func TestAnAcceptedDatabaseThatIsPutBackOnceMoreIsAcceptedForAllToo(t *testing.T) {
	for name, later := range map[string]bool{"made before": false, "made after the first word": true} {
		t.Run(name, func(t *testing.T) {
			url := pgtest.New(t)
			saw := openedServer(t, url)
			addReaders(t, saw, 2)
			r := mustOpen(t, saw, 0)
			backup := int64(1)
			for evenings := range 4 {
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
				asks(t, url, fmt.Sprintf(`UPDATE numbers SET runs = %d`, backup))
				if err := saw.Behind(t.Context()); !errors.Is(err, digest.ErrBehind) {
					t.Fatalf("put back %d times: got %v, want ErrBehind", evenings+1, err)
				}
				if err := comes.Accept(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(saw.Behind(t.Context()), comes.Behind(t.Context())); err != nil {
					t.Fatalf("accepted %d times: %v", evenings+1, err)
				}
				if later && evenings == 0 {
					var err error
					if backup, _, err = comes.counters(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

// What was sent since an earlier word has numbers above all that are in what is put back, however far these go on by
// it: whoever says the word has seen nothing of that.
func TestAnAcceptedDatabaseThatIsPutBackOnceMoreGoesOnAboveAllNumbers(t *testing.T) {
	url := pgtest.New(t)
	saw := openedServer(t, url)
	addReaders(t, saw, 2)
	for evenings := range 2 {
		comes := openedServer(t, url)
		now := evening.AddDate(0, 0, evenings)
		comes.core.now = func() time.Time { return now }
		r := mustOpen(t, saw, evenings)
		if _, err := saw.Book().Begin(t.Context(), r.Number, evening); err != nil {
			t.Fatal(err)
		}
		asks(t, url, `UPDATE numbers SET runs = 0, last = 1`)
		if err := saw.Behind(t.Context()); !errors.Is(err, digest.ErrBehind) {
			t.Fatalf("put back %d times: got %v, want ErrBehind", evenings+1, err)
		}
		if _, err := comes.MakeReady(t.Context(), Restoring{Now: func() time.Time { return now }}); err != nil {
			t.Fatal(err)
		}
		if err := comes.Accept(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(saw.Behind(t.Context()), comes.Behind(t.Context())); err != nil {
			t.Fatalf("accepted %d times: %v", evenings+1, err)
		}
	}
}

// The first word was said by a clock that was years ahead, the next one by one that is right.
func TestAnAcceptedDatabaseThatIsPutBackOnceMoreIsAcceptedWhateverTheClockWas(t *testing.T) {
	url := pgtest.New(t)
	saw := openedServer(t, url)
	addReaders(t, saw, 2)
	r := mustOpen(t, saw, 0)
	for _, years := range []int{20, 0, 0} {
		comes := openedServer(t, url)
		comes.core.now = func() time.Time { return evening.AddDate(years, 0, 0) }
		if _, err := saw.Book().Begin(t.Context(), r.Number, evening); err != nil {
			t.Fatal(err)
		}
		asks(t, url, `UPDATE numbers SET runs = 0`)
		if err := saw.Behind(t.Context()); !errors.Is(err, digest.ErrBehind) {
			t.Fatalf("by a clock %d years ahead: got %v, want ErrBehind", years, err)
		}
		if err := comes.Accept(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(saw.Behind(t.Context()), comes.Behind(t.Context())); err != nil {
			t.Fatalf("by a clock %d years ahead: %v", years, err)
		}
	}
}

// A machine may have looked just before somebody accepts the database, and comes to write that it is held after that.
func TestWhoHasLookedBeforeAnAdminsWordDoesNotHoldAfterIt(t *testing.T) {
	url := pgtest.New(t)
	saw, accepts := openedServer(t, url), openedServer(t, url)
	addReaders(t, saw, 2)
	r := mustOpen(t, saw, 0)
	for range 3 {
		if _, err := saw.Book().Begin(t.Context(), r.Number, evening); err != nil {
			t.Fatal(err)
		}
	}
	if err := saw.noteSent(t.Context()); err != nil {
		t.Fatal(err)
	}
	asks(t, url, `UPDATE numbers SET runs = 1`)
	leave := openTransaction(t, accepts, `SELECT pg_advisory_xact_lock(`+paperLock(gate)+`)`)
	accepted, looked := make(chan error, 1), make(chan error, 1)
	go func() { accepted <- accepts.Accept(t.Context()) }()
	waitAtTheGate(t, accepts, 1)
	go func() { looked <- saw.Behind(t.Context()) }()
	waitAtTheGate(t, accepts, 2)
	leave(`ROLLBACK`)
	if err := <-accepted; err != nil {
		t.Fatal(err)
	}
	if err := <-looked; !errors.Is(err, digest.ErrBehind) {
		t.Fatalf("got %v, want what it saw", err)
	}
	if err := errors.Join(saw.Behind(t.Context()), accepts.Behind(t.Context())); err != nil {
		t.Errorf("it was accepted: %v", err)
	}
}

// waitAtTheGate waits until so many do.
func waitAtTheGate(t *testing.T, s *File, many int) {
	t.Helper()
	for n := 0; n < many; {
		err := s.read.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
			WHERE d.datname = current_database() AND NOT l.granted`).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The readers' pages of all machines are up while an admin makes a database ready: who leaves meanwhile must not
// make that come to nothing, again and again in a large house.
func TestWhoLeavesWhileADatabaseIsMadeReadyIsNotInTheWay(t *testing.T) {
	url := pgtest.New(t)
	s, other := openedServer(t, url), openedServer(t, url)
	readers := addReaders(t, s, 2)
	last, err := s.List().LastDeparture(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	journal := subscribers.History{Read: 1, Last: last + 1, Departures: []subscribers.Departure{{
		ID: last + 1, Kind: "unsubscribed", At: evening, Hash: s.hidden(readers[0].Address.Key()),
	}}}
	leave := openTransaction(t, other, `SELECT pg_advisory_xact_lock(`+paperLock(gate)+`)`)
	type end struct {
		done Restored
		err  error
	}
	ended := make(chan end, 1)
	go func() {
		done, err := s.MakeReady(t.Context(), Restoring{
			Now:      func() time.Time { return evening },
			Journals: func([]byte) (subscribers.History, error) { return journal, nil },
		})
		ended <- end{done, err}
	}()
	waitAtTheGate(t, other, 1)
	asks(t, url, `INSERT INTO departures (kind, at, address_hash) VALUES ('manual', 1, '\x01')`)
	leave(`ROLLBACK`)
	e := <-ended
	if e.err != nil || e.done.Left != 1 {
		t.Fatalf("got %+v, %v", e.done, e.err)
	}
	all, err := s.List().Departures(t.Context(), last, 10)
	if err != nil || len(all) != 2 || all[1].Kind != "unsubscribed" || all[1].ID != last+2 {
		t.Errorf("got %+v, %v", all, err)
	}
}

// Where the disk of a machine is full no edition begins there: who has the lock may leave it to another one, and take
// it back once there is room.
func TestAMachineKnowsThatItCanNotNoteWhatIsSent(t *testing.T) {
	url := pgtest.New(t)
	folder := filepath.Join(t.TempDir(), "one")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := openAt(t, Place{URL: url, Path: filepath.Join(folder, "vesper")}, false)
	if err != nil {
		t.Fatal(err)
	}
	addReaders(t, s, 1)
	r := mustOpen(t, s, 0)
	if err := os.Rename(folder, folder+".away"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Book().Begin(t.Context(), r.Number, evening)
	if said := s.Unnoted(); err == nil || said == nil || !errors.Is(err, said) {
		t.Errorf("got %v, and it knows of %v", err, said)
	}
	if err := os.Rename(folder+".away", folder); err != nil {
		t.Fatal(err)
	}
	// It goes on standing by.
	for range 2 {
		if err := errors.Join(s.NoteSeen(t.Context()), s.Unnoted()); err != nil {
			t.Error(err)
		}
	}
}
