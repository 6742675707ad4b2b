package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vesper/digest"
)

// heard is a log that tells when a word has come up in it.
type heard struct {
	mu    sync.Mutex
	text  bytes.Buffer
	words map[string]chan struct{}
}

func (h *heard) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text.Write(b)
	for word, c := range h.words {
		if bytes.Contains(h.text.Bytes(), []byte(word)) {
			close(c)
			delete(h.words, word)
		}
	}
	return len(b), nil
}

// String is all it has heard.
func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// says waits for a word, not for ever.
func (h *heard) says(t *testing.T, word string) {
	t.Helper()
	h.mu.Lock()
	c := make(chan struct{})
	if bytes.Contains(h.text.Bytes(), []byte(word)) {
		close(c)
	} else {
		h.words[word] = c
	}
	h.mu.Unlock()
	select {
	case <-c:
	case <-time.After(time.Minute):
		t.Fatalf("it never said %q:\n%s", word, &h.text)
	}
}

// service is "vesper serve" in this process, with a clock of its own.
type service struct {
	*heard
	stop context.CancelFunc
	code chan int
}

func (n *newsroom) service(t *testing.T, now func() time.Time) *service {
	ctx, stop := context.WithCancel(t.Context())
	s := &service{heard: &heard{words: map[string]chan struct{}{}}, stop: stop, code: make(chan int, 1)}
	a := &app{stdin: strings.NewReader(""), stdout: s, stderr: s, env: none, now: now}
	var running sync.WaitGroup
	running.Go(func() { s.code <- a.execute(ctx, []string{"--config", filepath.Join(n.dir, "vesper.toml"), "serve"}) })
	t.Cleanup(func() {
		// It writes into the newsroom's folder until it has ended.
		stop()
		running.Wait()
	})
	return s
}

func (s *service) ends(t *testing.T) {
	t.Helper()
	s.stop()
	if code := <-s.code; code != exitDone {
		t.Errorf("serve ended with %d:\n%s", code, &s.text)
	}
}

// clockAt runs from a moment on.
func clockAt(t *testing.T, moment string) func() time.Time {
	t.Helper()
	start, err := time.Parse(time.RFC3339, moment)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	return func() time.Time { return start.Add(time.Since(began)) }
}

// written makes the newsroom's article one of the given moment.
func (n *newsroom) written(t *testing.T, at time.Time) {
	t.Helper()
	if err := os.Chtimes(filepath.Join(n.dir, "desk", "orlanda.txt"), at, at); err != nil {
		t.Fatal(err)
	}
}

func TestServeSendsAtItsTimeOnceAndNotAgainAfterARestart(t *testing.T) {
	n := newNewsroom(t, 20)
	// The service was started before; now it starts seconds before the time.
	early := clockAt(t, "2030-01-01T12:00:00Z")
	n.written(t, early())
	first := n.service(t, early)
	first.says(t, "serving")
	first.ends(t)
	late := clockAt(t, "2030-01-01T17:59:58Z")
	second := n.service(t, late)
	second.says(t, "edition done")
	if n.box.Count() != 20 {
		t.Errorf("%d copies, want 20", n.box.Count())
	}
	second.ends(t)
	third := n.service(t, late)
	third.says(t, "next=2030-01-02T18:00:00")
	third.says(t, "serving")
	// Another serve finds the lock taken.
	var exit *exec.ExitError
	if err := n.command("serve").Run(); !errors.As(err, &exit) || exit.ExitCode() != exitHeld {
		t.Errorf("a second serve ended with %v, want exit status %d", err, exitHeld)
	}
	third.ends(t)
	if n.box.Count() != 20 {
		t.Errorf("%d copies, want 20", n.box.Count())
	}
}

func TestServeCatchesUpWithTheCutOffOfTheSlot(t *testing.T) {
	n := newNewsroom(t, 2)
	first := n.service(t, clockAt(t, "2030-01-01T12:00:00Z"))
	first.says(t, "serving")
	first.ends(t)
	late := clockAt(t, "2030-01-01T20:00:00Z")
	n.written(t, late().Add(-time.Hour)) // at seven: after the cut-off
	second := n.service(t, late)
	second.says(t, "nothing to print")
	second.ends(t)
	if n.box.Count() != 0 {
		t.Errorf("%d copies of what was written after the cut-off", n.box.Count())
	}
}

func TestServeTakesUpWhatADeadProcessLeft(t *testing.T) {
	n := newNewsroom(t, 3)
	a := &app{env: none, now: time.Now, stderr: &heard{}, configFile: filepath.Join(n.dir, "vesper.toml")}
	h, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d, err := a.decide(t.Context(), h, editionFlags{})
	if err != nil {
		t.Fatal(err)
	}
	if d, err = h.publisher.Open(t.Context(), d); err != nil || d.Refused() {
		t.Fatal(err, d.Refusal)
	}
	r, ledger := d.Record, h.file.Ledger(d.Record.Number)
	owed, err := ledger.Owed(t.Context(), digest.Whole(), time.Now(), nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Intend(t.Context(), owed[0], time.Now(), nil); err != nil {
		t.Fatal(err)
	}
	h.close() // with an intent that nobody settles any more
	s := n.service(t, time.Now)
	s.says(t, "edition done")
	s.ends(t)
	if n.box.Count() != 3 {
		t.Errorf("%d copies, want 3", n.box.Count())
	}
	if show := n.run(t, "edition", "show", r.ID.String(), "-o", "json"); !strings.Contains(show,
		`"possible_duplicates":1`) {
		t.Errorf("got %s", show)
	}
}

func TestServeWaitsForASendAndThenServes(t *testing.T) {
	n := newNewsroom(t, 1)
	a := &app{env: none, now: time.Now, stderr: &heard{}, configFile: filepath.Join(n.dir, "vesper.toml")}
	h, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	lock, err := h.file.Lock("send")
	if err != nil {
		t.Fatal(err)
	}
	s := n.service(t, time.Now)
	s.says(t, fmt.Sprintf("send (process %d)", os.Getpid()))
	// Another one is refused all the same: of the two, the one that came second could end the first.
	err = a.serveOn(t.Context(), false)
	if e, is := errors.AsType[*exitError](err); !is || e.code != exitHeld {
		t.Errorf("another serve: got %v, want status %d", err, exitHeld)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	s.says(t, "serving")
	s.ends(t)
}

func TestServePrintsTheEditorsWords(t *testing.T) {
	n := newNewsroom(t, 1)
	early := clockAt(t, "2030-01-01T12:00:00Z")
	n.written(t, early())
	first := n.service(t, early)
	first.says(t, "serving")
	n.run(t, "edition", "edit", "2030-01-01-evening", "--subject", "A word of the editor", "--note",
		"Read this first.")
	first.ends(t)
	second := n.service(t, clockAt(t, "2030-01-01T17:59:58Z"))
	second.says(t, "edition done")
	second.ends(t)
	_, text := n.gets(t, 1)
	if !strings.Contains(text, "Subject: A word of the editor") || !strings.Contains(text, "Read this first.") {
		t.Errorf("the edition has not the editor's words:\n%s", text)
	}
}

func TestAnEditionThatIsOpenIsFinishedWithoutTheDesk(t *testing.T) {
	t.Parallel()
	readers := manyReaders(3)
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port}, readers)
	n.openOnly(t)
	if err := os.RemoveAll(filepath.Join(n.dir, "desk")); err != nil {
		t.Fatal(err)
	}
	n.send(t, exitDone)
	w.onceEach(t, readers)
	if said := n.send(t, exitDone); !strings.Contains(said, "already sent") {
		t.Errorf("a second time it says %q", said)
	}
}
