package main

import (
	"testing"
	"time"

	"vesper/digest/whole"
)

// becomes waits until the ledger of the newsroom answers a question with yes.
func (n *newsroom) becomes(t *testing.T, question string) {
	t.Helper()
	db := n.database(t)
	defer db.Close()
	over := time.NewTimer(time.Minute)
	defer over.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for yes := false; ; {
		if err := db.QueryRowContext(t.Context(), `SELECT EXISTS (SELECT 1 FROM `+question+`)`).Scan(&yes); err != nil {
			t.Fatal(err)
		}
		if yes {
			return
		}
		select {
		case <-tick.C:
		case <-over.C:
			t.Fatalf("there is no row in %s", question)
		}
	}
}

// TestAMessageThatKillsIsGivenUp has the service killed each time one reader's message
// is under way, as a fault in that message would.
func TestAMessageThatKillsIsGivenUp(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	bad, good := "rcptmute.0@bad.example", manyReaders(2)
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port, connections: 1}, append([]string{bad}, good...))
	n.openOnly(t)
	began := time.Now()
	const bads = `deliveries WHERE subscriber = (SELECT id FROM subscribers WHERE address LIKE 'rcptmute%') AND `
	const only = ` AND (SELECT COUNT(*) FROM deliveries WHERE step = 'attempting') = 1`
	const others = ` AND NOT EXISTS (SELECT 1 FROM deliveries WHERE step = 'pending')` + only
	for _, run := range []struct {
		later time.Duration
		until string
		want  sums
	}{
		{0, bads + `step = 'attempting' AND deaths = 0` + only, sums{opened: 3, pending: 2, attempting: 1}},
		// The others go first now: they are under way when this one is.
		{time.Minute, bads + `step = 'attempting' AND deaths = 1` + others, sums{opened: 3, sent: 2, attempting: 1, doubts: 1}},
		{2 * time.Minute, bads + `deaths = 2`, sums{opened: 3, sent: 2, pending: 1, doubts: 2}},
		{61 * time.Minute, bads + `deaths = 2`, sums{opened: 3, sent: 2, pending: 1, doubts: 2}},
		{63 * time.Minute, bads + `step = 'attempting' AND deaths = 2`, sums{opened: 3, sent: 2, attempting: 1, doubts: 2}},
		{64 * time.Minute, `editions WHERE state = 'done'`, sums{opened: 3, sent: 2, failed: 1, doubts: 2}},
	} {
		n.clock = func() time.Time { return began.Add(run.later) }
		s := n.startService(t)
		n.becomes(t, run.until)
		s.kill()
		got := sumsOf(n.show(t))
		if run.later == 0 {
			// Several copies are made at once: any of them may be the first that is ready.
			got.pending, got.sent = got.pending+got.sent, 0
		}
		if got != run.want {
			t.Fatalf("after %v: %+v, want %+v", run.later, got, run.want)
		}
	}
	w.onceEach(t, good)
	n.run(t, "edition", "verify", theEdition)
}

// TestKillsWhileTheRelayIsDownPauseNothing has the service killed time and again while
// it waits for a relay that is not there.
func TestKillsWhileTheRelayIsDownPauseNothing(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	readers := manyReaders(3)
	n := faultyNewsroom(t, setting{port: 1}, readers)
	n.openOnly(t)
	for range 7 {
		s := n.listening(t, "serve")
		s.says(t, "a connection to the relay failed")
		s.Process.Kill()
		s.Wait()
	}
	w := startOracle(t)
	n.configure(t, setting{port: w.port})
	n.startService(t)
	n.becomes(t, `editions WHERE state IN ('done', 'paused')`)
	n.adds(t, "done", sums{opened: 3, sent: 3})
	w.onceEach(t, readers)
}
