package main

import (
	"testing"

	"vesper/digest/whole"
)

// TestKillsOfPausesAndCancels pauses a sending at random moments and lets it go on, kills it
// then, and cancels it in the end, in the middle of which it is killed too: nobody is written
// to twice but for the kills, and it adds up.
func TestKillsOfPausesAndCancels(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	readers, random := manyReaders(1500), moments(t)
	w := startOracle(t, "-delay", "1ms")
	ws := witnesses{w}
	n := faultyNewsroom(t, setting{port: w.port, connections: connections}, readers)
	const kills = 3
	begun := func() *sending {
		s := n.start(t)
		ws.wait(ws.count()+20+random.IntN(60), s.ended)
		return s
	}
	for range kills {
		s := begun()
		n.run(t, "edition", "pause", theEdition, "--by", "maria", "--reason", "a wrong name")
		paused := ws.count()
		<-s.ended
		if more := ws.count() - paused; more > 2*connections {
			t.Errorf("%d messages after the pause, over %d connections", more, connections)
		}
		n.asks(t, "edition", "verify", theEdition)
		n.run(t, "edition", "release", theEdition, "--by", "maria")
		begun().kill()
	}
	s := begun()
	cancels := n.command("edition", "cancel", theEdition, "--yes", "--by", "maria")
	if err := cancels.Start(); err != nil {
		t.Fatal(err)
	}
	ws.wait(ws.count()+random.IntN(20), s.ended)
	s.kill()
	cancels.Process.Kill()
	cancels.Wait()
	// Whether that was kept or not, it is cancelled now.
	n.command("edition", "cancel", theEdition, "--yes").Run()
	e := n.show(t)
	n.asks(t, "edition", "verify", theEdition)
	if e.State != "cancelled" || e.Opened != len(readers) || e.Owed != 0 || e.Skipped == 0 ||
		e.Opened != e.Sent+e.Skipped+e.Unknown {
		t.Errorf("got %+v", e)
	}
	seen := ws.evidence(t, readers)
	if most := (kills + 1) * connections; seen.repeats > most || len(seen.strangers) > 0 || e.Unknown > most {
		t.Errorf("%d repeats and %d unknown after %d kills", seen.repeats, e.Unknown, kills+1)
	}
	if got := ws.count() - seen.repeats; got < e.Sent || got > e.Sent+e.Unknown {
		t.Errorf("%d readers have it, and the ledger says %d and perhaps %d more", got, e.Sent, e.Unknown)
	}
}
