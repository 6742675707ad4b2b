package main

import (
	"net/http"
	"net/url"
	"syscall"
	"testing"
	"time"

	"vesper/digest"
)

// told is a service of the built program whose log is listened to.
type told struct {
	*heard
	*sending
}

// tells starts the service.
func (n *newsroom) tells(t *testing.T) told {
	t.Helper()
	log := &heard{words: map[string]chan struct{}{}}
	c := n.command("serve")
	c.Stderr = log
	return told{log, launched(t, c)}
}

// shown says whether a page is served.
func shown(page string) bool {
	got, err := http.Get(page)
	if err != nil {
		return false
	}
	got.Body.Close()
	return got.StatusCode == http.StatusOK
}

func TestThePagesAreUpWhileServeWaitsForASend(t *testing.T) {
	t.Parallel()
	readers := manyReaders(30)
	w := startOracle(t, "-stop", "dot", "-at", "10")
	n := faultyNewsroom(t, setting{port: w.port, connections: 1}, readers)
	pages := n.open(t)
	send := n.start(t)
	w.stops(t)
	s := n.tells(t)
	s.says(t, "the readers' pages are up")
	s.says(t, "send (process ")
	if !shown(pages + "/s") {
		t.Errorf("while it waits, the pages are refused\n%s", &s.text)
	}
	w.goOn(t)
	<-send.ended
	s.says(t, "msg=serving")
	if !shown(pages + "/s") {
		t.Errorf("when it delivers, the pages are refused\n%s", &s.text)
	}
	s.Process.Signal(syscall.SIGTERM)
	<-s.ended
	if code := s.ProcessState.ExitCode(); code != exitDone {
		t.Errorf("it ended with %d\n%s", code, &s.text)
	}
	w.onceEach(t, readers)
}

func TestServeThatIsStoppedWhileItWaitsEndsAtOnce(t *testing.T) {
	t.Parallel()
	w := startOracle(t, "-stop", "dot")
	n := faultyNewsroom(t, setting{port: w.port, connections: 1}, manyReaders(2))
	n.start(t)
	w.stops(t)
	s := n.tells(t)
	s.says(t, "the readers' pages are up")
	s.Process.Signal(syscall.SIGTERM)
	<-s.ended
	if code := s.ProcessState.ExitCode(); code != exitDone {
		t.Errorf("it ended with %d\n%s", code, &s.text)
	}
}

// TestThePagesAreClosedLast stops the service while the relay keeps it waiting for
// the answer to a message.
func TestThePagesAreClosedLast(t *testing.T) {
	t.Parallel()
	readers := manyReaders(30)
	w := startOracle(t, "-stop", "dot", "-at", "10")
	n := faultyNewsroom(t, setting{port: w.port, connections: 1}, readers)
	pages := n.open(t)
	n.openOnly(t)
	s := n.tells(t)
	w.stops(t)
	s.Process.Signal(syscall.SIGTERM)
	s.says(t, "stopping")
	s.says(t, "messages=1")
	for range 20 {
		if !shown(pages + "/s") {
			t.Fatalf("while it drains, the pages are refused\n%s", &s.text)
		}
	}
	select {
	case <-s.ended:
		t.Fatalf("it has not waited for the relay's answer\n%s", &s.text)
	default:
	}
	w.goOn(t)
	<-s.ended
	if code := s.ProcessState.ExitCode(); code != exitDone {
		t.Errorf("it ended with %d\n%s", code, &s.text)
	}
	s.says(t, "stopped")
	if shown(pages + "/s") {
		t.Error("the pages are up when it has ended")
	}
	n.send(t, exitDone)
	n.adds(t, "done", sums{opened: 30, sent: 30})
	w.onceEach(t, readers)
}

// TestWhoPausesBeforeTheirTurnGetsNothing has readers pause on their page while the
// relay keeps the service at the first reader's message.
func TestWhoPausesBeforeTheirTurnGetsNothing(t *testing.T) {
	t.Parallel()
	readers := manyReaders(30)
	w := startOracle(t, "-stop", "dot")
	n := faultyNewsroom(t, setting{port: w.port, connections: 1}, readers)
	pages := n.open(t)
	id := n.openOn(t, "")
	_, h := n.house(t, time.Now)
	owed, err := h.file.Ledger(1).Owed(t.Context(), digest.Whole(), time.Now(), nil, len(readers))
	if err != nil || len(owed) != len(readers) {
		t.Fatal(err, len(owed))
	}
	s := n.tells(t)
	w.stops(t)
	const paused = 20
	for _, d := range owed[len(owed)-paused:] {
		got, err := http.PostForm(pages+"/p/"+d.Preferences,
			url.Values{"form": {"designed"}, "pause": {"week"}})
		if err != nil || got.StatusCode != http.StatusOK {
			t.Fatalf("a pause is answered with %v, %v", got, err)
		}
		got.Body.Close()
	}
	w.goOn(t)
	s.says(t, "edition done")
	got, err := h.book.Tallied(t.Context(), id)
	if want := (digest.Tally{Opened: 30, Sent: 30 - paused, Skipped: paused}); got.Tally != want || err != nil {
		t.Errorf("got %+v, %v, want %+v", got.Tally, err, want)
	}
	w.onceEach(t, readers[:30-paused])
}
