package main

import (
	"strings"
	"testing"

	"vesper/digest/whole"
	"vesper/subscribers/pgtest"
)

// A machine dies with the last message in hand: whoever sends by hand says until when it is
// left alone, and --wait brings it to its reader.
func TestTheLastMessageOfAMachineThatDiedIsSentOnceItsLeaseIsOver(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	readers := manyReaders(1)
	w := startOracle(t, "-stop", "dot", "-at", "1")
	n := faultyNewsroom(t, setting{port: w.port, url: pgtest.New(t)}, readers)
	n.openOnly(t)
	dies := n.worker(t, w.port)
	w.stops(t)
	dies.Process.Kill()
	<-dies.over
	w.goOn(t)
	said := n.send(t, exitPartly)
	if !strings.Contains(said, "1 recipient not sent yet: 1 message is in the hands of another process until ") {
		t.Errorf("it says\n%s", said)
	}
	n.run(t, "edition", "send", "--yes", "--force", "--date", tomorrow, "--wait")
	n.adds(t, "done", sums{opened: 1, sent: 1, doubts: 1})
}
