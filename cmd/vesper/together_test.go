package main

import (
	"bufio"
	"io"
	"strings"
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

// TestAServiceAndASendingBringOneCopyEach stops the service half-way, too: the
// sending that followed it takes over.
func TestAServiceAndASendingBringOneCopyEach(t *testing.T) {
	t.Parallel()
	readers := manyReaders(800)
	w := startOracle(t, "-delay", "1ms")
	n := faultyNewsroom(t, setting{port: w.port}, readers)
	service := n.command("serve")
	said, err := service.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { service.Process.Kill() })
	lines := bufio.NewScanner(said)
	for lines.Scan() && !strings.Contains(lines.Text(), "serving") {
	}
	s := n.start(t)
	go io.Copy(io.Discard, said)
	w.wait(len(readers)/4, s.ended)
	service.Process.Signal(syscall.SIGTERM)
	if err := service.Wait(); err != nil {
		t.Errorf("serve ended with %v", err)
	}
	if took, _ := w.count(); took == len(readers) {
		t.Log("the service had sent all before it was stopped")
	}
	<-s.ended
	if code := s.ProcessState.ExitCode(); code != exitDone {
		t.Errorf("edition send ended with %d\n%s", code, &s.said)
	}
	w.onceEach(t, readers)
	n.adds(t, "done", sums{opened: 800, sent: 800})
}
