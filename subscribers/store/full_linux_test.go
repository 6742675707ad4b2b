package store

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/mattn/go-sqlite3"

	"vesper/digest"
)

// smallDisk gives a folder that is a file system of its own.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small file system can't be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, 0); err != nil {
			t.Error(err)
		}
	})
	return folder
}

// fill takes all the space that is left, and gives the function that gives it
// back.
func fill(t *testing.T, folder string) func() {
	t.Helper()
	path := filepath.Join(folder, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 4096; size > 0; size /= 2 {
		for b := make([]byte, size); err == nil; {
			_, err = f.Write(b)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		err = nil
	}
	return func() { remove(t, path) }
}

func isFull(err error) bool {
	failed, ok := errors.AsType[sqlite3.Error](err)
	return ok && failed.Code == sqlite3.ErrFull
}

func TestOutcomesLandWhenAFullDiskHasSpaceAgain(t *testing.T) {
	folder := smallDisk(t, "3m")
	s := openFile(t, filepath.Join(folder, "vesper.db"))
	const size = 200
	addMany(t, s, size)
	mustOpen(t, s, 0)
	ds := owed(t, s, 1, evening)
	// Every attempt is under way when the space runs out.
	intendAll(t, s, 1, ds)
	release := fill(t, folder)
	var waiting []digest.Delivery
	for _, d := range ds {
		// What room there is in the WAL may take a few.
		if err := s.Ledger(1).Settle(t.Context(), d, accepted(evening)); err != nil {
			if !isFull(err) {
				t.Fatalf("got %v, want that the disk is full", err)
			}
			waiting = append(waiting, d)
		}
	}
	if len(waiting) == 0 {
		t.Fatal("the disk was not full")
	}
	if _, err := s.Book().OpenEdition(t.Context(), opening(1)); !isFull(err) {
		t.Errorf("an edition opened on a full disk: %v", err)
	}
	want := digest.Tally{Opened: size, Sent: size - len(waiting), Attempting: len(waiting)}
	if got := tally(t, s); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	release()
	for _, d := range waiting {
		try(t, func() error { return s.Ledger(1).Settle(t.Context(), d, accepted(evening)) })
	}
	if got, want := tally(t, s), (digest.Tally{Opened: size, Sent: size}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// try does what a sender does with an outcome that is not taken: it tries again.
func try(t *testing.T, write func() error) {
	t.Helper()
	err := write()
	for tries := 1; err != nil && tries < 3; tries++ {
		if !isFull(err) {
			break
		}
		err = write()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The WAL may grow to four megabytes before SQLite looks at it.
func TestADiskFullOfOurOwnLogIsNotFull(t *testing.T) {
	s := openFile(t, filepath.Join(smallDisk(t, "1m"), "vesper.db"))
	const size = 200
	addMany(t, s, size)
	mustOpen(t, s, 0)
	for _, d := range owed(t, s, 1, evening) {
		try(t, func() error {
			_, err := s.Ledger(1).Intend(t.Context(), d, evening, nil)
			if err == nil {
				err = s.Ledger(1).Settle(t.Context(), d, accepted(evening))
			}
			return err
		})
	}
	if got, want := tally(t, s), (digest.Tally{Opened: size, Sent: size}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
