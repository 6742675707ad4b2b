package sqlite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mattn/go-sqlite3"

	"vesper/digest"
)

// holder is the environment's name for the database of a process that keeps the
// write lock until its stdin ends.
const holder = "VESPER_TEST_HOLDER"

func holdLock(path string) {
	ctx := context.Background()
	s, err := Open(ctx, path, Options{})
	if err != nil {
		panic(err)
	}
	if err := s.write.whole(ctx, func(context.Context, conn) error {
		fmt.Println("held")
		_, err := io.Copy(io.Discard, os.Stdin)
		return err
	}); err != nil {
		panic(err)
	}
	os.Exit(0)
}

// otherWriter has another process hold the write lock, and gives the function
// that lets it go.
func otherWriter(t *testing.T, path string) func() {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), holder+"="+path)
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || strings.TrimSpace(line) != "held" {
		t.Fatalf("got %q, %v", line, err)
	}
	return func() {
		if err := errors.Join(in.Close(), child.Wait()); err != nil {
			t.Error(err)
		}
	}
}

func TestNothingIsLostWhileAnotherProcessWrites(t *testing.T) {
	const size = 40
	path := filepath.Join(t.TempDir(), "vesper.db")
	s := openFile(t, path)
	addMany(t, s, size)
	mustOpen(t, s, 0)
	ds := owed(t, s, 1, evening)
	intendAll(t, s, 1, ds)
	release := otherWriter(t, path)
	patience(t, s, 20)
	for _, d := range ds[:3] {
		err := s.Ledger(1).Settle(t.Context(), d, accepted(evening))
		if failed, ok := errors.AsType[sqlite3.Error](err); !ok || failed.Code != sqlite3.ErrBusy {
			t.Fatalf("got %v, want busy", err)
		}
	}
	if got, want := tally(t, s), (digest.Tally{Opened: size, Attempting: size}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	patience(t, s, 10_000)
	var all sync.WaitGroup
	for _, d := range ds {
		all.Go(func() {
			if err := s.Ledger(1).Settle(t.Context(), d, accepted(evening)); err != nil {
				t.Error(err)
			}
		})
	}
	release()
	all.Wait()
	if got, want := tally(t, s), (digest.Tally{Opened: size, Sent: size}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// patience sets how many milliseconds a write waits for another process.
func patience(t *testing.T, s *File, milliseconds int) {
	t.Helper()
	pragma(t, s, fmt.Sprintf(`PRAGMA busy_timeout = %d`, milliseconds))
}
