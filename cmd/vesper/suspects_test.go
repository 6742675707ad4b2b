package main

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest/whole"
)

// breakers are readers who end every connection, each in a way of its own.
var breakers = []string{"rcpt421", "rcptfin", "rcptrst"}

func TestOneReaderStopsNobodyElse(t *testing.T) {
	t.Parallel()
	good := manyReaders(48)
	type breaking struct {
		name string
		bad  []string
		many int
	}
	for _, c := range whole.First(t, 4, []breaking{
		{"a RST, two 421s", []string{"rcptrst.0@bad.example", "rcpt421.1@bad.example", "rcpt421.2@bad.example"}, 2},
		{"FIN over one", []string{"rcptfin.0@bad.example"}, 1},
		{"two at the end", []string{"rcptfin.z@zed.example", "rcptrst.z@zed.example"}, 8},
		{"421 at the dot", []string{"dot421.0@bad.example"}, 8},
		{"421", []string{"rcpt421.0@bad.example"}, 8},
		{"FIN", []string{"rcptfin.0@bad.example"}, 8},
		{"RST", []string{"rcptrst.0@bad.example"}, 8},
		{"two of them", []string{"rcpt421.0@bad.example", "rcptrst.1@bad.example"}, 8},
	}) {
		t.Run(c.name, func(t *testing.T) {
			if len(c.bad) < 3 {
				whole.NotRaced(t)
			}
			t.Parallel()
			w := startOracle(t)
			n := faultyNewsroom(t, setting{port: w.port, connections: c.many}, append(c.bad, good...))
			said := n.send(t, exitPartly)
			if want := fmt.Sprintf("%d recipient", len(c.bad)); !strings.Contains(said, want) {
				t.Errorf("it does not say %q:\n%s", want, said)
			}
			n.adds(t, "sending", sums{opened: len(good) + len(c.bad), sent: len(good), pending: len(c.bad)})
			w.onceEach(t, good)
		})
	}
}

// TestASecondEditionAndLettersGoOn has the service deliver two editions to readers of
// whom one ends every connection, or is never answered for, while a letter is posted.
func TestASecondEditionAndLettersGoOn(t *testing.T) {
	t.Parallel()
	for _, kind := range append(breakers, "rcptmute") {
		t.Run(kind, func(t *testing.T) {
			if kind != breakers[0] {
				whole.NotRaced(t)
			}
			t.Parallel()
			bad, good := kind+".0@bad.example", manyReaders(49)
			w := startOracle(t)
			n := faultyNewsroom(t, setting{port: w.port, connections: 4}, append([]string{bad}, good...))
			n.openOnly(t)
			n.prints(t, 2, time.Now())
			n.openOn(t, "2030-01-02")
			n.serve(t)
			n.run(t, "subscribers", "add", "--ask", "--yes", "new@reader.example")
			w.wait(2*len(good)+1, nil)
			if e := w.evidence(t, append(good, "new@reader.example")); len(e.lost) > 0 || len(e.strangers) > 0 {
				t.Errorf("lost %v, to strangers %v", e.lost, e.strangers)
			}
		})
	}
}

// TestASilenceOverOneConnectionEndsForTheOthers has a relay say nothing to RCPT of the
// first reader. A worker's times are as short as its lease.
func TestASilenceOverOneConnectionEndsForTheOthers(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	good := manyReaders(49)
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port}, append([]string{"rcptmute.0@bad.example"}, good...))
	n.openOnly(t)
	worker := n.worker(t, w.port)
	w.wait(len(good), nil)
	worker.Process.Kill()
	<-worker.over
	w.onceEach(t, good)
}

// TestNobodyExpiresForAnother gives up after a second, over one connection.
func TestNobodyExpiresForAnother(t *testing.T) {
	t.Parallel()
	good := manyReaders(99)
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port, connections: 1, giveUpAfter: "1s"},
		append([]string{"rcptfin.0@bad.example"}, good...))
	n.send(t, exitPartly)
	if e := n.show(t); e.Sent != len(good) || e.Expired+e.Pending != 1 {
		t.Errorf("got %+v, want %d sent", sumsOf(e), len(good))
	}
	w.onceEach(t, good)
}

// TestWhereEveryConnectionEndsNobodyIsCounted has a relay end every connection at RCPT.
func TestWhereEveryConnectionEndsNobodyIsCounted(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	readers := make([]string, 12)
	for i := range readers {
		readers[i] = fmt.Sprintf("rcptfin.%d@bad.example", i)
	}
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port, connections: 4}, readers)
	n.send(t, exitPartly)
	n.adds(t, "sending", sums{opened: 12, pending: 12})
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(n.dir, "vesper.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	counted := -1
	const query = `SELECT count(*) FROM deliveries WHERE attempts > 0 OR suspect <> ''`
	if err := db.QueryRow(query).Scan(&counted); err != nil || counted != 0 {
		t.Errorf("%d readers are counted or suspected, %v", counted, err)
	}
}

// TestAThirdDoubtIsUnknown has the relay take one reader's message and drop the line
// each time before it says so.
func TestAThirdDoubtIsUnknown(t *testing.T) {
	t.Parallel()
	for policy, copies := range map[string]int{"resend": 3, "hold": 1} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			readers := append([]string{"dotdrops.0@bad.example"}, manyReaders(4)...)
			w := startOracle(t)
			n := faultyNewsroom(t, setting{port: w.port, inDoubt: policy}, readers)
			n.send(t, exitPartly)
			for later := 10 * time.Minute; later < 2*time.Hour && policy == "resend"; later += 30 * time.Minute {
				if n.show(t).Pending == 0 {
					break
				}
				n.sendLater(t, later, exitPartly)
			}
			n.adds(t, "done", sums{opened: 5, sent: 4, unknown: 1, doubts: copies - 1})
			if e := w.evidence(t, readers); e.repeats != copies-1 || e.different > 0 {
				t.Errorf("%d repeats, %d of them different; want %d", e.repeats, e.different, copies-1)
			}
		})
	}
}

// TestALetterThatBreaksConnectionsHoldsNoOther has somebody sign up whose address ends
// every connection, and nothing was sent before that could prove it.
func TestALetterThatBreaksConnectionsHoldsNoOther(t *testing.T) {
	t.Parallel()
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port, connections: 1}, nil)
	n.serve(t)
	for _, one := range []string{"rcptrst.0@bad.example", "one@reader.example", "two@reader.example"} {
		n.run(t, "subscribers", "add", "--ask", "--yes", one)
	}
	w.wait(2, nil)
	w.onceEach(t, []string{"one@reader.example", "two@reader.example"})
}
