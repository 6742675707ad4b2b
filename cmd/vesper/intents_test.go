package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vesper/digest/whole"
)

// shows waits until the edition has sent so many.
func (n *newsroom) shows(t *testing.T, w *witness, sent int) {
	t.Helper()
	w.wait(sent, nil)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.Now().Add(time.Minute); n.show(t).Sent < sent; {
		if at := <-tick.C; at.After(late) {
			t.Fatalf("the edition has not sent %d within a minute", sent)
		}
	}
}

// leave takes all but the first readers off the list.
func (n *newsroom) leave(t *testing.T, readers []string, stay int) {
	t.Helper()
	list := strings.Join(readers[:stay], "\n") + "\n"
	if err := os.WriteFile(filepath.Join(n.dir, "stay.txt"), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	n.run(t, "subscribers", "sync", "stay.txt", "--confirmed", "--yes",
		"--expect-removals", strconv.Itoa(len(readers)-stay))
}

// slow is a rate that leaves time for a command between two messages.
const slow = "rate = 0.1"

func TestWhoLeavesWhileTheRateIsWaitedForGetsNothing(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	readers := manyReaders(9)
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port, relay: slow}, readers)
	s := n.start(t)
	n.shows(t, w, 1)
	n.leave(t, readers, 1)
	<-s.ended
	n.adds(t, "done", sums{opened: 9, sent: 1, skipped: 8})
	w.onceEach(t, readers[:1])
}

// TestWhatWaitsForTheRateIsNotUnderWay ends a sending that has sent one message and
// waits with its other connections: nothing is in doubt, and nothing more begins.
func TestWhatWaitsForTheRateIsNotUnderWay(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*sending){
		"killed": (*sending).kill,
		"told to stop": func(s *sending) {
			s.Process.Signal(syscall.SIGTERM)
			<-s.ended
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			readers := manyReaders(20)
			w := startOracle(t)
			n := faultyNewsroom(t, setting{port: w.port, relay: slow, inDoubt: "hold"}, readers)
			s := n.start(t)
			n.shows(t, w, 1)
			end(s)
			n.adds(t, "sending", sums{opened: 20, sent: 1, pending: 19})
			n.configure(t, setting{port: w.port, inDoubt: "hold"})
			n.send(t, exitDone)
			n.adds(t, "done", sums{opened: 20, sent: 20})
			w.onceEach(t, readers)
		})
	}
}

// TestReadersWhoLeaveCostNoConnection takes nearly everybody off the list in the
// middle of an edition, when the next messages are ready.
func TestReadersWhoLeaveCostNoConnection(t *testing.T) {
	t.Parallel()
	const stay, connections = 40, 4
	readers := manyReaders(2000)
	w := startOracle(t, "-stop", "dot", "-at", "60", "-delay", "10ms")
	n := faultyNewsroom(t, setting{port: w.port, connections: connections}, readers)
	s := n.start(t)
	w.stops(t)
	n.leave(t, readers, stay)
	w.goOn(t)
	<-s.ended
	e := n.show(t)
	if e.Sent+e.Skipped != len(readers) || e.Skipped == 0 || e.State != "done" {
		t.Errorf("the edition is %s with %+v", e.State, sumsOf(e))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	t.Logf("%d sent, %d skipped over %d connections", w.took, e.Skipped, w.met)
	// The last pass may open one for readers who leave just then.
	if w.took != e.Sent || w.met > 2*connections {
		t.Errorf("%d messages over %d connections, want %d over %d", w.took, w.met, e.Sent, connections)
	}
}
