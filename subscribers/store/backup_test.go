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

func emptyFile(t testing.TB, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A backup ends although others write without a pause, and has one moment of it.
func TestABackupIsOfOneMomentWhileOthersWrite(t *testing.T) {
	s := newFile(t)
	addMany(t, s, 20_000)
	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	writing.Go(func() {
		// The two are changed together, by another connection than the backup's.
		for i := 0; ctx.Err() == nil; i++ {
			err := s.write.whole(context.Background(), func(ctx context.Context, c conn) error {
				_, err := c.Exec(ctx, `UPDATE numbers SET last = $1, runs = $1`, i)
				return err
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	to := filepath.Join(t.TempDir(), "copy.db")
	emptyFile(t, to)
	steps := 0
	err := s.Backup(t.Context(), to, func(int, int) { steps++ })
	stop()
	writing.Wait()
	if err != nil || steps < 4 {
		t.Fatalf("%v after %d steps", err, steps)
	}
	copied := openFile(t, to)
	if n := number(t, copied, `SELECT count(*) FROM numbers WHERE last = runs`); n != 1 {
		t.Error("the copy is of two moments")
	}
	if n := number(t, copied, `SELECT count(*) FROM subscribers`); n != 20_000 {
		t.Errorf("the copy has %d readers", n)
	}
}

func TestABackupThatIsNotWantedAnyMoreEnds(t *testing.T) {
	s := newFile(t)
	addMany(t, s, 20_000)
	to := filepath.Join(t.TempDir(), "copy.db")
	emptyFile(t, to)
	ctx, stop := context.WithCancel(t.Context())
	err := s.Backup(ctx, to, func(int, int) { stop() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	addReader(t, s, "after@news.example")
}

// A copy that is not put back by "restore" is not taken for a database that was.
func TestARestoredBackupIsHeldUntilItIsAccepted(t *testing.T) {
	s := newFile(t)
	addReaders(t, s, 3)
	mustOpen(t, s, 0)
	to := filepath.Join(t.TempDir(), "copy.db")
	emptyFile(t, to)
	if err := s.Backup(t.Context(), to, nil); err != nil {
		t.Fatal(err)
	}
	how := noJournal
	how.MadeAt = evening
	place := filepath.Join(t.TempDir(), "vesper.db")
	done, err := Restore(t.Context(), place, to, how)
	if err != nil || !done.Held || len(done.Paused) != 1 {
		t.Fatal(done, err)
	}
	back := openFile(t, place)
	if err := back.Behind(t.Context()); !errors.Is(err, digest.ErrRestored) {
		t.Errorf("got %v, want ErrRestored", err)
	}
	r, err := back.Book().Newest(t.Context(), digest.Date{Year: 2030})
	if r.State != digest.Paused || r.Pause != digest.PausedDesk || err != nil {
		t.Errorf("the edition that was being sent is %s, %v", r.State, err)
	}
	if n := number(t, back, `SELECT last FROM numbers`); n != 1+apart {
		t.Errorf("numbers go on after %d", n)
	}
	if err := back.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := back.Behind(t.Context()); err != nil {
		t.Errorf("it was accepted: %v", err)
	}
	if r, _ := back.Book().Newest(t.Context(), digest.Date{Year: 2030}); r.State != digest.Paused {
		t.Errorf("the edition goes on by itself: %s", r.State)
	}
}
