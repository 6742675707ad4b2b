package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestARunStopsWhenItsDatabaseIsGone: what is sent then is recorded nowhere.
func TestARunStopsWhenItsDatabaseIsGone(t *testing.T) {
	t.Parallel()
	readers := manyReaders(2000)
	w := startOracle(t, "-delay", "1ms")
	n := faultyNewsroom(t, setting{port: w.port, connections: connections}, readers)
	s := n.start(t)
	w.wait(100, s.ended)
	db := filepath.Join(n.dir, "vesper.db")
	if err := os.Rename(db, db+".away"); err != nil {
		t.Fatal(err)
	}
	<-s.ended
	if got := s.ProcessState.ExitCode(); got != exitHeld || !strings.Contains(s.said.String(), "the database is missing") {
		t.Errorf("edition send ended with %d, want %d\n%s", got, exitHeld, &s.said)
	}
	took, _ := w.count()
	if took > 1900 {
		t.Errorf("%d of %d were sent", took, len(readers))
	}
	// Put back, it goes on, and knows of all but what was on the wire.
	if err := os.Rename(db+".away", db); err != nil {
		t.Fatal(err)
	}
	n.send(t, exitDone)
	e := w.evidence(t, readers)
	if len(e.lost) > 0 || e.repeats > connections || e.different > 0 {
		t.Errorf("lost %d, %d repeats, %d of other bytes", len(e.lost), e.repeats, e.different)
	}
	n.adds(t, "done", sums{opened: len(readers), sent: len(readers), doubts: n.show(t).PossibleDuplicates})
}
