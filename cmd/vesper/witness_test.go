package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// witness is an oracle at work, as a test sees it.
type witness struct {
	port int
	path string
	// reached is closed when the oracle has stopped a connection where it was to.
	reached chan struct{}
	in      io.Writer

	mu                   sync.Mutex
	took, refused, ended int
	// met is how many connections there were.
	met int
	// changed is closed and replaced when the oracle has said something.
	changed chan struct{}
}

// startOracle starts an oracle that lasts as long as the test.
func startOracle(t *testing.T, flags ...string) *witness {
	t.Helper()
	w := &witness{
		path: filepath.Join(t.TempDir(), "oracle.log"), reached: make(chan struct{}),
		changed: make(chan struct{}),
	}
	c := exec.Command("oracle", append([]string{"-log", w.path}, flags...)...)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	w.in = in
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewScanner(out)
	if !said.Scan() {
		t.Fatal("the oracle did not start")
	}
	if _, err := fmt.Sscanf(said.Text(), "ready %d", &w.port); err != nil {
		t.Fatalf("the oracle said %q", said.Text())
	}
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		for said.Scan() {
			w.hear(said.Text())
		}
	}()
	t.Cleanup(func() {
		in.Close()
		<-heard
		c.Wait()
	})
	return w
}

func (w *witness) hear(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case strings.HasPrefix(line, "took "):
		w.took++
	case line == "reached":
		close(w.reached)
	case line == "met":
		w.met++
	case line == "ended":
		w.ended++
	default:
		w.refused++
	}
	close(w.changed)
	w.changed = make(chan struct{})
}

// stops waits until the oracle has stopped a connection, not for ever.
func (w *witness) stops(t *testing.T) {
	t.Helper()
	select {
	case <-w.reached:
	case <-time.After(time.Minute):
		t.Fatal("the oracle never came to where it was to stop")
	}
}

// goOn lets go on what the oracle has stopped.
func (w *witness) goOn(t *testing.T) {
	t.Helper()
	if _, err := io.WriteString(w.in, "go on\n"); err != nil {
		t.Fatal(err)
	}
}

// count gives how many messages the oracle has taken, and a channel that is
// closed when it says more.
func (w *witness) count() (int, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.took, w.changed
}

// wait waits until the oracle has taken n messages in all, or until ended.
func (w *witness) wait(n int, ended <-chan struct{}) { witnesses{w}.wait(n, ended) }

// evidence is what the oracle's log proves.
type evidence struct {
	// lost are the readers of whom it has nothing, strangers those whom nobody
	// asked for.
	lost, strangers []string
	// readers have at least one copy; repeats counts the copies beyond it, and
	// different those that are not the first one's bytes and Message-ID.
	readers, repeats, different int
}

func (w *witness) evidence(t *testing.T, readers []string) evidence {
	t.Helper()
	return witnesses{w}.evidence(t, readers)
}

// witnesses are the oracles of one newsroom.
type witnesses []*witness

// taken gives the lines of all their logs.
func (ws witnesses) taken(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, w := range ws {
		log, err := os.ReadFile(w.path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.Split(strings.TrimSpace(string(log)), "\n")...)
	}
	return slices.DeleteFunc(all, func(line string) bool { return line == "" })
}

// count gives how many messages they have taken.
func (ws witnesses) count() int {
	n := 0
	for _, w := range ws {
		took, _ := w.count()
		n += took
	}
	return n
}

// wait waits until they have taken n messages in all, or until ended, but not longer
// than a run may take.
func (ws witnesses) wait(n int, ended <-chan struct{}) {
	late := time.After(runLimit() + 10*time.Second)
	for {
		changed := make([]<-chan struct{}, 2)
		took := 0
		for i, w := range ws {
			var more int
			more, changed[i] = w.count()
			took += more
		}
		if took >= n {
			return
		}
		select {
		case <-changed[0]:
		case <-changed[1]:
		case <-ended:
			return
		case <-late:
			return
		}
	}
}

func (ws witnesses) evidence(t *testing.T, readers []string) evidence {
	t.Helper()
	var e evidence
	first, asked := map[string]string{}, map[string]bool{}
	for _, line := range ws.taken(t) {
		reader, copied, _ := strings.Cut(line, " ")
		switch had, again := first[reader]; {
		case !again:
			first[reader] = copied
		case had != copied:
			e.different++
			fallthrough
		default:
			e.repeats++
		}
	}
	for _, r := range readers {
		asked[r] = true
		if _, ok := first[r]; !ok {
			e.lost = append(e.lost, r)
		}
	}
	for r := range first {
		if !asked[r] {
			e.strangers = append(e.strangers, r)
		}
	}
	e.readers = len(first)
	return e
}

// onceEach is the test that every reader has one copy, and nobody else has any.
func (w *witness) onceEach(t *testing.T, readers []string) {
	t.Helper()
	e := w.evidence(t, readers)
	if len(e.lost) > 0 || len(e.strangers) > 0 || e.repeats > 0 {
		t.Errorf("lost %v, to strangers %v, repeats %d: want every reader to have one copy", e.lost, e.strangers,
			e.repeats)
	}
}
