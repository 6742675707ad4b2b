package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestWhoFollowsARunSeesItsEnd has the relay keep one message waiting until an
// "edition show --follow" has looked more than once.
func TestWhoFollowsARunSeesItsEnd(t *testing.T) {
	t.Parallel()
	readers := manyReaders(60)
	w := startOracle(t, "-stop", "dot", "-at", "30")
	n := faultyNewsroom(t, setting{port: w.port}, readers)
	s := n.start(t)
	w.stops(t)
	other := n.command("edition", "show", theEdition, "--follow")
	var shown bytes.Buffer
	other.Stdout, other.Stderr = &shown, &shown
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	looked := make(chan struct{}, 100)
	var said, talk bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &said, stderr: &talk, env: none, now: func() time.Time {
		looked <- struct{}{}
		return time.Now()
	}}
	code := make(chan int, 1)
	go func() {
		code <- a.execute(t.Context(), []string{
			"--config", filepath.Join(n.dir, "vesper.toml"), "edition", "show",
			theEdition, "--follow",
		})
	}()
	for range 3 {
		select {
		case <-looked:
		case got := <-code:
			t.Fatalf("it ended with %d before the run did\n%s%s", got, &said, &talk)
		}
	}
	w.goOn(t)
	if got := <-code; got != exitDone {
		t.Errorf("it ended with %d, want %d\n%s", got, exitDone, &talk)
	}
	if err := other.Wait(); err != nil {
		t.Errorf("the process that follows: %v\n%s", err, &shown)
	}
	<-s.ended
	if got := s.ProcessState.ExitCode(); got != exitDone {
		t.Errorf("edition send ended with %d, want %d\n%s", got, exitDone, &s.said)
	}
	const sums = "60 recipients = 60 sent + 0 failed + 0 expired + 0 skipped + 0 unknown\n"
	for _, text := range []string{said.String(), shown.String()} {
		if !strings.Contains(text, sums) {
			t.Errorf("got %q, want %q in it", text, sums)
		}
	}
	w.onceEach(t, readers)
}
