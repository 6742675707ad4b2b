package main

import (
	"syscall"
	"testing"
	"time"

	"vesper/digest/whole"
	"vesper/subscribers/pgtest"
)

// Three machines deliver an edition from one PostgreSQL. One dies, one is stopped past its
// lease and goes on after that, and the server itself is killed: the third one brings it to
// the end, and of those that were gone one message a connection may come twice.
func TestMachinesThatDieLoseNobodyOnPostgreSQL(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	server := pgtest.Start(t)
	readers := manyReaders(600)
	w := startOracle(t, "-delay", "2ms")
	n := faultyNewsroom(t, setting{port: w.port, url: server.Database(t, "paper")}, readers)
	n.openOnly(t)
	dies, sleeps, stays := n.worker(t, w.port), n.worker(t, w.port), n.worker(t, w.port)
	w.wait(100, nil)
	dies.Process.Kill()
	w.wait(200, nil)
	sleeps.freeze(t)
	server.Signal(t, syscall.SIGKILL)
	stays.ends(t)
	<-time.After(shortLease)
	sleeps.Process.Signal(syscall.SIGCONT)
	sleeps.ends(t)
	e := w.evidence(t, readers)
	if len(e.lost) > 0 || len(e.strangers) > 0 || e.repeats > 3 || e.different > 0 {
		t.Errorf("lost %v, to strangers %v, %d repeats, %d of other bytes; want three repeats at most", e.lost, e.strangers,
			e.repeats, e.different)
	}
	n.send(t, exitDone)
	shown := n.show(t)
	if shown.PossibleDuplicates < e.repeats {
		t.Errorf("%d repeats, and the ledger knows of %d", e.repeats, shown.PossibleDuplicates)
	}
	n.adds(t, "done", sums{opened: len(readers), sent: len(readers), doubts: shown.PossibleDuplicates})
}
