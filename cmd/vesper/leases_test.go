package main

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"vesper/digest"
)

// shortLease is the lease of these tests' workers. What depends on it shrinks with
// it.
const shortLease = 8 * time.Second

// openOnly opens the newsroom's edition and delivers nothing of it.
func (n *newsroom) openOnly(t *testing.T) {
	t.Helper()
	n.openOn(t, tomorrow)
}

// openOn opens the edition of a day, "" for today's, and delivers nothing of it.
func (n *newsroom) openOn(t *testing.T, date string) digest.ID {
	t.Helper()
	return n.opens(t, time.Now, editionFlags{date: date})
}

// opens opens the edition that these flags name, and gives its ID.
func (n *newsroom) opens(t *testing.T, now func() time.Time, f editionFlags) digest.ID {
	t.Helper()
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, env: none, now: now}
	a.configFile = filepath.Join(n.dir, "vesper.toml")
	h, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	d, err := a.decide(t.Context(), h, f)
	if err != nil {
		t.Fatal(err)
	}
	if d, err = h.publisher.Open(t.Context(), d); err != nil || d.Refused() {
		t.Fatalf("open: %v, %+v", err, d.Refusal)
	}
	return d.Edition.ID
}

// worker is a process that delivers the newsroom's edition without the lock.
type worker struct {
	*exec.Cmd
	said bytes.Buffer
	over chan error
}

// worker starts one, which sends over one connection.
func (n *newsroom) worker(t *testing.T, port int) *worker {
	t.Helper()
	w := &worker{over: make(chan error, 1)}
	w.Cmd = exec.Command("worker", "-db", cmp.Or(n.url, filepath.Join(n.dir, "vesper.db")), "-lease", shortLease.String(),
		"-port", fmt.Sprint(port), "-connections", "1")
	w.Stderr = &w.said
	out, err := w.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Process.Kill() })
	bufio.NewReader(out).ReadString('\n')
	go func() { w.over <- w.Wait() }()
	return w
}

// ends waits until the worker is done, not for ever.
func (w *worker) ends(t *testing.T) {
	t.Helper()
	select {
	case err := <-w.over:
		if err != nil {
			t.Errorf("a worker ended with %v\n%s", err, &w.said)
		}
	case <-time.After(time.Minute):
		w.Process.Kill()
		<-w.over
		t.Fatalf("a worker never ended\n%s", &w.said)
	}
}

func TestTwoProcessesWithoutTheLockSendNobodyTwice(t *testing.T) {
	t.Parallel()
	readers := manyReaders(300)
	w := startOracle(t, "-delay", "1ms")
	n := faultyNewsroom(t, setting{port: w.port}, readers)
	n.openOnly(t)
	one, other := n.worker(t, w.port), n.worker(t, w.port)
	one.ends(t)
	other.ends(t)
	w.onceEach(t, readers)
	n.send(t, exitDone)
	n.adds(t, "done", sums{opened: len(readers), sent: len(readers)})
}

// stopped gives a newsroom with a worker that is stopped where the oracle has come to a
// point of the 20th transaction. The oracle has gone on and the worker's lease is over.
// Its message has two seconds from the intent to the dot: where the machine was too slow
// to stop it within those, that was another moment, and it is tried again.
func stopped(t *testing.T, point string, readers []string) (*newsroom, *witness, *worker) {
	t.Helper()
	if _, err := os.Stat("/proc/self/task"); err != nil {
		t.Skip("only Linux shows whether a process stands still")
	}
	for range 10 {
		w := startOracle(t, "-stop", point, "-at", "20")
		n := faultyNewsroom(t, setting{port: w.port}, readers)
		n.openOnly(t)
		one := n.worker(t, w.port)
		w.stops(t)
		if n.stops(t, one) {
			w.goOn(t)
			<-time.After(shortLease + time.Second)
			return n, w, one
		}
		one.Process.Kill()
	}
	t.Fatal("no worker was stopped in time")
	return nil, nil, nil
}

// stops stops a worker, and says whether it is in its 20th transaction. A process that is
// stopped in the middle of a write keeps everybody from writing, so the intent is waited
// for. So are the outcomes of the 19 messages before: one that is answered and not yet
// written would rightly be sent again.
func (n *newsroom) stops(t *testing.T, one *worker) bool {
	t.Helper()
	const there = `(SELECT sum(step = 'sent') AS sent, sum(step = 'attempting') AS begun FROM deliveries)
		WHERE sent >= 19 AND begun > 0`
	n.becomes(t, there)
	for one.freeze(t); !n.writable(t); one.freeze(t) {
		one.Process.Signal(syscall.SIGCONT)
		<-time.After(10 * time.Millisecond) // another row's outcome was being written
	}
	db := n.database(t)
	defer db.Close()
	var is bool
	// A message that ran out of time has a reply that says so, and others follow it.
	if err := db.QueryRowContext(t.Context(), `SELECT EXISTS (SELECT 1 FROM `+there+` AND sent = 19) AND
		NOT EXISTS (SELECT 1 FROM deliveries WHERE step <> 'sent' AND reply <> '')`).Scan(&is); err != nil {
		t.Fatal(err)
	}
	return is
}

// freeze stops the worker. Its threads stop one after another, and on a busy machine some
// go on for a while: it returns when all stand still.
func (w *worker) freeze(t *testing.T) {
	t.Helper()
	if err := w.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for late := time.After(10 * time.Second); ; {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", w.Process.Pid))
		if err != nil || len(threads) == 0 {
			t.Fatalf("%v: no threads to be seen", err)
		}
		if !slices.ContainsFunc(threads, func(stat string) bool {
			text, err := os.ReadFile(stat)
			_, state, _ := strings.Cut(string(text), ") ")
			return err == nil && !strings.HasPrefix(state, "T")
		}) {
			return
		}
		select {
		case <-late:
			t.Fatal("the worker does not stop")
		case <-time.After(time.Millisecond):
		}
	}
}

// writable says whether nobody is in the middle of a write.
func (n *newsroom) writable(t *testing.T) bool {
	t.Helper()
	db := n.database(t)
	defer db.Close()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.ExecContext(t.Context(), "PRAGMA busy_timeout = 300"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		return false
	}
	if _, err := c.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	return true
}

func TestALateAnswerIsKeptIfNobodyTookTheRow(t *testing.T) {
	t.Parallel()
	readers := manyReaders(40)
	n, w, one := stopped(t, "dot", readers)
	one.Process.Signal(syscall.SIGCONT)
	one.ends(t)
	w.onceEach(t, readers)
	n.send(t, exitDone)
	n.adds(t, "done", sums{opened: len(readers), sent: len(readers)})
}

func TestALateAnswerIsCountedIfAnotherTookTheRow(t *testing.T) {
	t.Parallel()
	readers := manyReaders(40)
	n, w, one := stopped(t, "dot", readers)
	other := n.worker(t, w.port)
	other.ends(t)
	one.Process.Signal(syscall.SIGCONT)
	one.ends(t)
	if !strings.Contains(one.said.String(), "level=ERROR") {
		t.Errorf("nothing was said of the late answer:\n%s", &one.said)
	}
	if e := w.evidence(t, readers); len(e.lost) > 0 || e.repeats != 1 || e.different > 0 {
		t.Errorf("lost %v, %d repeats, %d of other bytes; want one repeat of the same", e.lost, e.repeats, e.different)
	}
	n.send(t, exitDone)
	e := n.adds(t, "done", sums{opened: len(readers), sent: len(readers), doubts: 1})
	if e.Recovered != 1 {
		t.Errorf("%d recovered, want 1", e.Recovered)
	}
}

func TestAProcessStoppedPastItsLeaseWritesNoDot(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"mail", "rcpt", "data"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			readers := manyReaders(40)
			n, w, one := stopped(t, point, readers)
			other := n.worker(t, w.port)
			other.ends(t)
			one.Process.Signal(syscall.SIGCONT)
			one.ends(t)
			w.onceEach(t, readers)
			n.send(t, exitDone)
			e := n.show(t)
			n.adds(t, "done", sums{opened: len(readers), sent: len(readers), doubts: e.PossibleDuplicates})
		})
	}
}
