package main

import (
	"fmt"
	"testing"

	"vesper/digest/whole"
)

// TestAKillAtAnyPointOfTheDialogLosesNobody kills a sending while one of its
// connections is known to be at a point of the dialog, and sends again.
func TestAKillAtAnyPointOfTheDialogLosesNobody(t *testing.T) {
	t.Parallel()
	readers := manyReaders(100)
	fresh := faultyNewsroom(t, setting{port: 1}, readers)
	ats := whole.First(t, 1, []int{1, 5, 50})
	for _, point := range []string{"mail", "rcpt", "data", "dot", "answer"} {
		for _, at := range ats {
			t.Run(fmt.Sprint(point, at), func(t *testing.T) {
				if at > 1 {
					whole.NotRaced(t)
				}
				t.Parallel()
				killAtPoint(t, fresh, readers, point, at, connections, "")
			})
		}
		t.Run(point+" overlapped", func(t *testing.T) {
			t.Parallel()
			killAtPoint(t, fresh, readers, point, 20, 1, overlapped)
		})
	}
}

func killAtPoint(t *testing.T, fresh *newsroom, readers []string, point string, at, connections int, relay string) {
	t.Helper()
	w := startOracle(t, "-stop", point, "-at", fmt.Sprint(at))
	n := fresh.again(t)
	n.configure(t, setting{port: w.port, connections: connections, relay: relay})
	n.killAt(t, w)
	n.send(t, exitDone)
	e, doubts := w.evidence(t, readers), n.show(t).PossibleDuplicates
	t.Logf("%d repeats, %d in doubt", e.repeats, doubts)
	if len(e.lost) > 0 || len(e.strangers) > 0 || e.different > 0 {
		t.Errorf("lost %v, to strangers %v, %d repeats of different bytes", e.lost, e.strangers,
			e.different)
	}
	if e.repeats > doubts || doubts > connections {
		t.Errorf("%d repeats, %d in doubt, over %d connections", e.repeats, doubts, connections)
	}
	if point == "dot" && e.repeats == 0 {
		t.Error("nothing was repeated, although a message had been taken and not answered")
	}
	n.adds(t, "done", sums{opened: len(readers), sent: len(readers), doubts: doubts})
}

// killAt kills a sending when the oracle has stopped one of its connections.
func (n *newsroom) killAt(t *testing.T, w *witness) {
	t.Helper()
	s := n.start(t)
	w.stops(t)
	s.kill()
	// The oracle is to be as before for the sending after this one.
	w.goOn(t)
}
