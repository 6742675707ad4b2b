package main

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"vesper/digest/whole"
)

// TestARunThatTakesLongerThanGivingUpExpiresNobody stops a slow sending after the time
// for giving up, and goes on.
func TestARunThatTakesLongerThanGivingUpExpiresNobody(t *testing.T) {
	t.Parallel()
	readers := manyReaders(120)
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port, relay: "rate = 20", giveUpAfter: "1s"}, readers)
	run := n.start(t)
	w.wait(40, run.ended)
	run.Process.Signal(syscall.SIGTERM)
	<-run.ended
	e := n.show(t)
	if e.Expired != 0 || e.Pending == 0 || e.State != "sending" {
		t.Errorf("the edition is %s with %+v", e.State, sumsOf(e))
	}
	n.configure(t, setting{port: w.port, giveUpAfter: "1s"})
	n.send(t, exitDone)
	n.adds(t, "done", sums{opened: 120, sent: 120})
	w.onceEach(t, readers)
}

// TestWhatTheRateDoesNotBringInTimeIsTooOld says so before, and after.
func TestWhatTheRateDoesNotBringInTimeIsTooOld(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	readers := manyReaders(200)
	w := startOracle(t)
	n := faultyNewsroom(t, setting{
		port: w.port, relay: "rate = 20\n[[edition]]\nuntil = \"3s\"", giveUpAfter: "1s",
	}, readers)
	said := n.send(t, exitPartly)
	e := n.show(t)
	if e.State != "done" || e.Sent == 0 || e.Sent > 80 || e.Sent+e.Expired != 200 || e.TooOld != e.Expired {
		t.Errorf("the edition is %s with %+v, %d too old", e.State, sumsOf(e), e.TooOld)
	}
	for _, word := range []string{"the edition is too old after 3s: some recipients will not get it", "expired for"} {
		if !strings.Contains(said, word) {
			t.Errorf("it does not say %q:\n%s", word, said)
		}
	}
	if shown := n.run(t, "edition", "show", theEdition); !strings.Contains(shown, "did not get it: it was too old") {
		t.Errorf("edition show says nothing of it:\n%s", shown)
	}
	n.send(t, exitPartly)
	w.onceEach(t, readers[:e.Sent])
}

// TestARelayThatWasAwayForLongerThanGivingUpGetsTheEdition begins with no relay there,
// and tries again when there is one.
func TestARelayThatWasAwayForLongerThanGivingUpGetsTheEdition(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	readers := manyReaders(40)
	n := faultyNewsroom(t, setting{port: freePort(t), giveUpAfter: "1s"}, readers)
	n.send(t, exitPartly)
	n.adds(t, "sending", sums{opened: 40, pending: 40})
	w := startOracle(t)
	n.configure(t, setting{port: w.port, giveUpAfter: "1s"})
	n.sendLater(t, 7*time.Hour, exitDone)
	n.adds(t, "done", sums{opened: 40, sent: 40})
	w.onceEach(t, readers)
}

// TestAnEditionThatIsTooOldGoesToNobody is the same a day later.
func TestAnEditionThatIsTooOldGoesToNobody(t *testing.T) {
	t.Parallel()
	readers := manyReaders(40)
	w := startOracle(t, "-auth535")
	login := "username = \"desk\"\npassword = \"secret\""
	n := faultyNewsroom(t, setting{port: w.port, relay: login}, readers)
	n.send(t, exitPartly)
	n.adds(t, "paused", sums{opened: 40, pending: 40})
	// A pause by the relay goes on until somebody says how old the edition may become.
	n.sendLater(t, 25*time.Hour, exitPartly)
	n.adds(t, "paused", sums{opened: 40, pending: 40})
	n.run(t, "edition", "resume", theEdition, "--until", "26h")
	w = startOracle(t)
	n.configure(t, setting{port: w.port})
	n.sendLater(t, 25*time.Hour, exitDone)
	n.adds(t, "done", sums{opened: 40, sent: 40})
}
