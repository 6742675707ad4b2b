package store

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
	"time"

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
	s.writer.waiting.patience = 20 * time.Millisecond
	for _, d := range ds[:3] {
		err := s.Ledger(1).Settle(t.Context(), d, accepted(evening))
		if !errors.Is(err, digest.ErrBusy) {
			t.Fatalf("got %v, want ErrBusy", err)
		}
	}
	if got, want := tally(t, s), (digest.Tally{Opened: size, Attempting: size}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	s.writer.waiting.patience = aMinute
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

// TestNobodyWaitsLongerThanTheyWant has a write that is not wanted any more wait
// together with one that is.
func TestNobodyWaitsLongerThanTheyWant(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	said := make(chan struct{})
	s, err := Open(t.Context(), path, Options{Waits: func() { close(said) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	addMany(t, s, 2)
	mustOpen(t, s, 0)
	ds := owed(t, s, 1, evening)
	intendAll(t, s, 1, ds)
	release := otherWriter(t, path)
	settle := func(ctx context.Context, d digest.Delivery) <-chan error {
		result := make(chan error, 1)
		go func() { result <- s.Ledger(1).Settle(ctx, d, accepted(evening)) }()
		return result
	}
	ctx, stop := context.WithCancel(t.Context())
	left, stays := settle(ctx, ds[0]), settle(t.Context(), ds[1])
	<-said
	stop()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("who left got %v", err)
	}
	release()
	if err := <-stays; err != nil {
		t.Errorf("who stayed got %v", err)
	}
	if got, want := tally(t, s), (digest.Tally{Opened: 2, Attempting: 1, Sent: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestWhoClosesDoesNotWaitForOthers closes the database while a write waits.
func TestWhoClosesDoesNotWaitForOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	said := make(chan struct{})
	s, err := Open(t.Context(), path, Options{Waits: func() { close(said) }})
	if err != nil {
		t.Fatal(err)
	}
	release := otherWriter(t, path)
	defer release()
	result := make(chan error, 1)
	go func() {
		result <- s.Book().Started(context.WithoutCancel(t.Context()), map[string]string{"evening": "days"}, evening)
	}()
	<-said
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-result; !errors.Is(err, errClosed) {
		t.Errorf("got %v, want that it is closed", err)
	}
}
