package store

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"vesper/digest"
)

func TestOutcomesSettledAtOnceAreAllDurable(t *testing.T) {
	const size = 200
	path := filepath.Join(t.TempDir(), "vesper.db")
	s := openFile(t, path)
	addMany(t, s, size)
	ds := owed(t, s, mustOpen(t, s, 0).Number, evening)
	before := s.Stats()
	var all sync.WaitGroup
	for _, d := range ds {
		all.Go(func() {
			if ok, err := s.Ledger(1).Intend(t.Context(), d, evening, nil); !ok || err != nil {
				t.Error(ok, err)
			}
			if err := s.Ledger(1).Settle(t.Context(), d, accepted(evening)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	after := s.Stats()
	writes, commits := after.Writes-before.Writes, after.Commits-before.Commits
	// Once it is noted that the run goes on.
	if want := int64(2*size + 1); writes != want || commits >= writes {
		t.Errorf("%d writes in %d commits, want %d in fewer", writes, commits, want)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := tally(t, openFile(t, path)), (digest.Tally{Opened: size, Sent: size}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// hold keeps the writer busy until the test lets it go, and gives the function
// that does.
func hold(t *testing.T, s *File) func() {
	t.Helper()
	busy, free := make(chan struct{}), make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		err := s.write.one(context.Background(), func(context.Context, conn) error {
			close(busy)
			<-free
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-busy
	return func() {
		close(free)
		done.Wait()
	}
}

func TestWhoWaitsForTheWriterMayWalkAway(t *testing.T) {
	s := newFile(t)
	addReaders(t, s, 1)
	d := owed(t, s, mustOpen(t, s, 0).Number, evening)[0]
	release := hold(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() {
		_, err := s.Ledger(1).Intend(ctx, d, evening, nil)
		result <- err
	}()
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	release()
	if got, want := tally(t, s), (digest.Tally{Opened: 1, Pending: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAnIntentIsNeverDurableBeforeTheOutcomeThatCameFirst(t *testing.T) {
	s := newFile(t)
	addReaders(t, s, 2)
	ds := owed(t, s, mustOpen(t, s, 0).Number, evening)
	l := s.Ledger(1)
	if ok, err := l.Intend(t.Context(), ds[0], evening, nil); !ok || err != nil {
		t.Fatal(ok, err)
	}
	// The place in the line decides, whatever keeps the writer from beginning.
	release := hold(t, s)
	before := s.Stats()
	var all sync.WaitGroup
	all.Add(1)
	l.SettleInTurn(t.Context(), ds[0], accepted(evening), func(err error) {
		if err != nil {
			t.Error(err)
		}
		all.Done()
	})
	all.Go(func() {
		_, err := l.Intend(t.Context(), ds[1], evening, func(bool) {
			var step string
			err := s.writer.conn.QueryRow(t.Context(), `SELECT step FROM deliveries WHERE subscriber = $1`, ds[0].Key).
				Scan(&step)
			if err != nil || step != string(digest.Sent) {
				t.Errorf("%v: the outcome before stands as %q", err, step)
			}
		})
		if err != nil {
			t.Error(err)
		}
	})
	release()
	all.Wait()
	if got := s.Stats().Commits - before.Commits; got > 2 {
		t.Errorf("%d commits, want no more than two", got)
	}
}

// asOne commits these together, once the writer is free.
func asOne(s *File, dos ...func(ctx context.Context, c conn) error) []error {
	var requests []*request
	for _, do := range dos {
		requests = append(requests, newRequest(context.Background(), do))
	}
	left := requests
	if err := s.writer.begin(func() error { return nil }); err != nil {
		panic(err)
	}
	s.writer.commitAll(func() (r *request) {
		if len(left) > 0 {
			r, left = left[0], left[1:]
		}
		return r
	})
	var results []error
	for _, r := range requests {
		select {
		case err := <-r.result:
			results = append(results, err)
		default: // not begun any more
			results = append(results, errors.New("never begun"))
		}
	}
	return results
}

func statement(text string) func(context.Context, conn) error {
	return func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, text)
		return err
	}
}

func TestAFailingWriteFailsItsCallerOnly(t *testing.T) {
	s := newFile(t)
	results := asOne(s, statement(`INSERT INTO slots (name, since) VALUES ('a', 1)`),
		statement(`INSERT INTO slots (name, since) VALUES ('a', 2)`),
		statement(`INSERT INTO slots (name, since) VALUES ('b', 3)`))
	if results[0] != nil || results[1] == nil || results[2] != nil {
		t.Errorf("got %v", results)
	}
	if got := number(t, s, `SELECT sum(since) FROM slots`); got != 4 {
		t.Errorf("got a sum of %d, want 4", got)
	}
}

func TestALostTransactionFailsTheWholeBatch(t *testing.T) {
	for name, fault := range map[string]func(context.Context, conn) error{
		// SQLite undoes all by itself: what follows must not be committed alone.
		"undone on the way": statement(`INSERT OR ROLLBACK INTO slots (name, since) VALUES ('a', 2)`),
		// A deferred foreign key lets the statement pass and the commit fail.
		"refused at the commit": func(ctx context.Context, c conn) error {
			_, err := c.Exec(ctx, `PRAGMA defer_foreign_keys = on;
				INSERT INTO edition_messages (edition, variant, subject, bytes) VALUES (99, 'plain', '', x'00')`)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFile(t)
			first := statement(`INSERT INTO slots (name, since) VALUES ('a', 1)`)
			last := statement(`INSERT INTO slots (name, since) VALUES ('b', 3)`)
			for i, err := range asOne(s, first, fault, last) {
				if err == nil {
					t.Errorf("write %d was told that it holds", i)
				}
			}
			if n := number(t, s, `SELECT count(*) FROM slots`); n != 0 {
				t.Errorf("%d rows hold, want none", n)
			}
			if err := s.Book().Started(t.Context(), map[string]string{"evening": "days"}, evening); err != nil {
				t.Errorf("the writer is stuck: %v", err)
			}
		})
	}
}

func TestAClosedStoreRefusesWrites(t *testing.T) {
	s := newFile(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Book().Started(t.Context(), map[string]string{"evening": "days"}, evening); !errors.Is(err, errClosed) {
		t.Errorf("got %v, want %v", err, errClosed)
	}
}
