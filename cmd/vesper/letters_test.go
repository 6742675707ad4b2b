package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"vesper/digest/whole"
)

// place gives how many messages the oracle had taken before the one to a reader;
// -1 if it has none.
func (w *witness) place(t *testing.T, reader string) int {
	t.Helper()
	log, err := os.ReadFile(w.path)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range bytes.Lines(log) {
		if strings.HasPrefix(string(line), reader+" ") {
			return n
		}
		n++
	}
	return -1
}

// arrives is the test that a letter posted now is at its reader within five
// messages or one second, whichever is later.
func (w *witness) arrives(t *testing.T, reader string, ended <-chan struct{}) {
	t.Helper()
	began := time.Now()
	before, _ := w.count()
	for w.place(t, reader) < 0 {
		_, changed := w.count()
		select {
		case <-changed:
		case <-ended:
			if w.place(t, reader) < 0 {
				t.Fatal("the run ended before the letter went out")
			}
		case <-time.After(time.Minute):
			t.Fatal("the letter never arrived")
		}
	}
	took, after := time.Since(began), w.place(t, reader)-before
	t.Logf("the letter was message %d after its posting, after %v", after, took.Round(time.Millisecond))
	if after > 5 && took > time.Second {
		t.Errorf("the letter came %d messages and %v after its posting", after, took)
	}
}

// TestALetterDoesNotWaitForARun posts a confirmation in the middle of an edition of
// 500 over a slow relay, which the service delivers, or a sending by hand.
func TestALetterDoesNotWaitForARun(t *testing.T) {
	t.Parallel()
	type way struct {
		by   string
		many int
	}
	for _, by := range whole.First(t, 3, []way{
		{"serve", 2}, {"send", 2}, {"send", 1}, {"serve", 1}, {"serve", 8}, {"send", 8},
	}) {
		t.Run(fmt.Sprintf("%s over %d", by.by, by.many), func(t *testing.T) {
			if by.many != 2 {
				whole.NotRaced(t)
			}
			t.Parallel()
			readers := manyReaders(500)
			w := startOracle(t, "-delay", fmt.Sprintf("%dms", 2*by.many))
			n := faultyNewsroom(t, setting{port: w.port, connections: by.many}, readers)
			if by.by == "serve" {
				n.serve(t)
			}
			s := n.start(t)
			w.wait(100, s.ended)
			n.run(t, "subscribers", "add", "--ask", "--yes", "new@reader.example")
			w.arrives(t, "new@reader.example", s.ended)
			<-s.ended
			if code := s.ProcessState.ExitCode(); code != exitDone {
				t.Errorf("edition send ended with %d\n%s", code, &s.said)
			}
			w.onceEach(t, append(readers, "new@reader.example"))
		})
	}
}

// TestWhatAKilledServiceLeftIsSaidAndShown kills the service in the middle of a run
// and starts it again.
func TestWhatAKilledServiceLeftIsSaidAndShown(t *testing.T) {
	t.Parallel()
	readers := manyReaders(200)
	w := startOracle(t, "-stop", "dot", "-at", "50")
	n := faultyNewsroom(t, setting{port: w.port}, readers)
	n.openOnly(t)
	first := n.serve(t)
	w.stops(t)
	first.kill()
	w.goOn(t)
	second := n.service(t, time.Now)
	second.says(t, "may have arrived")
	second.says(t, "edition done")
	second.ends(t)
	e := n.show(t)
	if e.Recovered == 0 || e.Recovered > connections || e.PossibleDuplicates != e.Recovered {
		t.Errorf("%d recovered and %d possible duplicates, want as many of each, and 1 to %d",
			e.Recovered, e.PossibleDuplicates, connections)
	}
	if said := n.output(t, "edition", "show", theEdition); !strings.Contains(said, "in transit when a process ended") {
		t.Errorf("edition show says nothing of what was recovered:\n%s", said)
	}
	if e := w.evidence(t, readers); len(e.lost) > 0 || e.different > 0 {
		t.Errorf("lost %v, %d repeats of other bytes", e.lost, e.different)
	}
}
