package main

import (
	"syscall"
	"testing"
)

func TestTwoSendingsAtOnceBringOneCopyEach(t *testing.T) {
	t.Parallel()
	readers := manyReaders(400)
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port}, readers)
	one, other := n.start(t), n.start(t)
	for _, s := range []*sending{one, other} {
		<-s.ended
		if code := s.ProcessState.ExitCode(); code != exitDone {
			t.Errorf("it ended with %d\n%s", code, &s.said)
		}
	}
	w.onceEach(t, readers)
	n.adds(t, "done", sums{opened: 400, sent: 400})
}

// TestASendingTakesOverFromAServiceThatEnds ends the service half-way through
// the edition that a sending opened and follows.
func TestASendingTakesOverFromAServiceThatEnds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		signal syscall.Signal
		// repeats is how many there may be.
		repeats int
	}{
		{"stopped", syscall.SIGTERM, 0},
		{"killed", syscall.SIGKILL, connections},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			readers := manyReaders(600)
			w := startOracle(t, "-delay", "1ms")
			n := faultyNewsroom(t, setting{port: w.port, connections: connections}, readers)
			service := n.serve(t)
			s := n.start(t)
			w.wait(len(readers)/4, s.ended)
			service.Process.Signal(test.signal)
			<-service.ended
			if code := service.ProcessState.ExitCode(); code != exitDone && test.signal == syscall.SIGTERM {
				t.Errorf("serve ended with %d\n%s", code, service.heard)
			}
			<-s.ended
			if code := s.ProcessState.ExitCode(); code != exitDone {
				t.Errorf("edition send ended with %d\n%s", code, &s.said)
			}
			e := w.evidence(t, readers)
			if len(e.lost) > 0 || len(e.strangers) > 0 || e.different > 0 || e.repeats > test.repeats {
				t.Errorf("lost %v, to strangers %v, %d repeats, %d of them different; want %d repeats at most",
					e.lost, e.strangers, e.repeats, e.different, test.repeats)
			}
			n.adds(t, "done", sums{opened: 600, sent: 600, doubts: n.show(t).PossibleDuplicates})
		})
	}
}

// serve starts the service and waits until it serves.
func (n *newsroom) serve(t *testing.T) told {
	t.Helper()
	s := n.tells(t)
	s.says(t, "msg=serving")
	return s
}
