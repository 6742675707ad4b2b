package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/digest/whole"
)

// numbered gives addresses that ask for a fault, from 0 up.
func numbered(fault string, n int) []string {
	readers := make([]string, n)
	for i := range readers {
		readers[i] = fmt.Sprintf("%s.%d@reader.example", fault, i)
	}
	return readers
}

// TestAMessageInDoubtFollowsThePolicy has the relay close after the final dot,
// having taken the message or not.
func TestAMessageInDoubtFollowsThePolicy(t *testing.T) {
	t.Parallel()
	well, taken, lost := manyReaders(40), numbered("dotdrop", 3), numbered("dotdropx", 2)
	readers := slices.Concat(well, taken, lost)
	t.Run("resend", func(t *testing.T) {
		t.Parallel()
		w := startOracle(t)
		n := faultyNewsroom(t, setting{port: w.port, inDoubt: "resend"}, readers)
		n.send(t, exitPartly)
		n.adds(t, "sending", sums{opened: 45, sent: 40, pending: 5, doubts: 5})
		w.onceEach(t, slices.Concat(well, taken))
		n.sendLater(t, time.Hour, exitDone)
		n.adds(t, "done", sums{opened: 45, sent: 45, doubts: 5})
		want := evidence{readers: 45, repeats: 3}
		if diff := cmp.Diff(want, w.evidence(t, readers), cmp.AllowUnexported(want)); diff != "" {
			t.Errorf("what the relay took (-want +got):\n%s", diff)
		}
	})
	t.Run("hold", func(t *testing.T) {
		t.Parallel()
		w := startOracle(t)
		n := faultyNewsroom(t, setting{port: w.port, inDoubt: "hold"}, readers)
		n.send(t, exitPartly)
		n.adds(t, "done", sums{opened: 45, sent: 40, unknown: 5})
		n.sendLater(t, time.Hour, exitDone)
		w.onceEach(t, slices.Concat(well, taken))
	})
}

// TestAConnectionThatBreaksBeforeTheDotCostsNobody has the relay reset
// connections before it has a message, and close them between two.
func TestAConnectionThatBreaksBeforeTheDotCostsNobody(t *testing.T) {
	t.Parallel()
	readers := slices.Concat(manyReaders(40), numbered("rst", 2), numbered("mail421", 2), numbered("rcpt421x1", 2))
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port}, readers)
	n.send(t, exitDone)
	n.adds(t, "done", sums{opened: len(readers), sent: len(readers)})
	w.onceEach(t, readers)
}

func TestEachRefusalIsCountedAsWhatItIs(t *testing.T) {
	t.Parallel()
	well := manyReaders(40)
	nowhere, policy, later := numbered("rcpt550", 3), numbered("rcpt571", 2), numbered("rcpt450x2", 4)
	content, busy := numbered("dot554", 1), numbered("dot450x1", 2)
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port}, slices.Concat(well, nowhere, policy, later, content, busy))
	n.send(t, exitPartly)
	n.adds(t, "sending", sums{opened: 52, sent: 40, failed: 4, pending: 8})
	w.onceEach(t, well)
	// What speaks of us must be said at two tries; the second refusal of some is then too.
	n.sendLater(t, 10*time.Minute, exitPartly)
	e := n.adds(t, "sending", sums{opened: 52, sent: 42, failed: 6, pending: 4})
	got := map[string]string{}
	for _, f := range e.Failures {
		if f.State == digest.Failed {
			got[f.Address] = fmt.Sprint(f.Code, " ", f.Enhanced)
		}
	}
	want := map[string]string{content[0]: "554 5.2.0"}
	for _, r := range nowhere {
		want[r] = "550 5.1.1"
	}
	for _, r := range policy {
		want[r] = "550 5.7.1"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
	for r, bounces := range map[string]int{nowhere[0]: 1, policy[0]: 0, policy[1]: 0, content[0]: 0, well[0]: 0} {
		var s struct {
			Status      string
			HardBounces int `json:"hard_bounces"`
		}
		if err := json.Unmarshal([]byte(n.output(t, "subscribers", "show", r, "-o", "json")), &s); err != nil {
			t.Fatal(err)
		}
		status := "active"
		if bounces > 0 {
			status = "suppressed"
		}
		if s.Status != status || s.HardBounces != bounces {
			t.Errorf("%s is %s with %d hard bounces, want %d", r, s.Status, s.HardBounces, bounces)
		}
	}
	// The others are taken fifteen minutes later.
	n.sendLater(t, time.Hour, exitPartly)
	n.adds(t, "done", sums{opened: 52, sent: 46, failed: 6})
	w.onceEach(t, slices.Concat(well, later, busy))
}

func TestAGreylistDelaysAndLosesNobody(t *testing.T) {
	t.Parallel()
	readers := manyReaders(40)
	w := startOracle(t, "-greylist")
	n := faultyNewsroom(t, setting{port: w.port}, readers)
	n.send(t, exitPartly)
	n.adds(t, "sending", sums{opened: 40, pending: 40})
	n.sendLater(t, 10*time.Minute, exitDone)
	n.adds(t, "done", sums{opened: 40, sent: 40})
	w.onceEach(t, readers)
}

// TestARefusedAccountPausesTheEditionAndFailsNobody has the relay refuse us and
// not the readers, until it is mended.
func TestARefusedAccountPausesTheEditionAndFailsNobody(t *testing.T) {
	t.Parallel()
	readers := manyReaders(40)
	for _, test := range []struct {
		name   string
		faults []string
		code   string
	}{
		{"credentials", []string{"-auth535"}, "535"},
		{"sender", []string{"-mail550"}, "550"},
		{"sender, and the relay hangs up", []string{"-mail550", "-hang-up"}, "550"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.name != "sender" {
				whole.NotRaced(t)
			}
			t.Parallel()
			const account = "username = \"evening\"\npassword = \"not the right one\""
			w := startOracle(t, test.faults...)
			n := faultyNewsroom(t, setting{port: w.port, relay: account}, readers)
			n.send(t, exitPartly)
			e := n.adds(t, "paused", sums{opened: 40, pending: 40})
			if !strings.Contains(e.Reason, test.code) {
				t.Errorf("the reason %q does not name %s", e.Reason, test.code)
			}
			mended := startOracle(t)
			n.configure(t, setting{port: mended.port, relay: account})
			n.send(t, exitDone)
			n.adds(t, "done", sums{opened: 40, sent: 40})
			mended.onceEach(t, readers)
		})
	}
}

func TestAPausedEditionGoesOnByWordWhileTheServiceRuns(t *testing.T) {
	t.Parallel()
	readers := manyReaders(20)
	w := startOracle(t, "-mail550")
	n := faultyNewsroom(t, setting{port: w.port}, readers)
	n.send(t, exitPartly)
	n.adds(t, "paused", sums{opened: 20, pending: 20})
	mended := startOracle(t)
	n.configure(t, setting{port: mended.port})
	service := n.serve(t)
	n.send(t, exitDone)
	n.adds(t, "done", sums{opened: 20, sent: 20})
	mended.onceEach(t, readers)
	service.Process.Signal(syscall.SIGTERM)
	if <-service.ended; service.ProcessState.ExitCode() != exitDone {
		t.Errorf("serve ended with %v\n%s", service.ProcessState, service.heard)
	}
}

// TestAMessageThatTheRelayRefusesPausesTheEdition says 554 to every message.
func TestAMessageThatTheRelayRefusesPausesTheEdition(t *testing.T) {
	t.Parallel()
	readers := numbered("dot554", 30)
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port}, readers)
	n.send(t, exitPartly)
	e := n.adds(t, "paused", sums{opened: 30, pending: 30})
	if !strings.Contains(e.Reason, "the relay refuses the message: 554") {
		t.Errorf("the reason is %q", e.Reason)
	}
}

// TestARelayThatTakesFewConnectionsLosesNobody greets fewer connections than we
// open. A sending by hand may stop where no connection is to be had.
func TestARelayThatTakesFewConnectionsLosesNobody(t *testing.T) {
	t.Parallel()
	readers := manyReaders(300)
	w := startOracle(t, "-max-connections", "3")
	n := faultyNewsroom(t, setting{port: w.port, connections: 8}, readers)
	for range 3 {
		s := n.start(t)
		<-s.ended
		if s.ProcessState.ExitCode() == exitDone {
			break
		}
	}
	n.adds(t, "done", sums{opened: 300, sent: 300})
	w.onceEach(t, readers)
}
