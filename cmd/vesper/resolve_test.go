package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/whole"
	"vesper/subscribers/store"
)

// refuses enters into the ledger that a relay refused these readers for good, as
// suspects of this kind or, without one, as failed.
func (n *newsroom) refuses(t *testing.T, o digest.Outcome, kind digest.Suspect, readers ...string) {
	t.Helper()
	file, err := store.Open(t.Context(), filepath.Join(n.dir, "vesper.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	l, now := file.Ledger(1), time.Now()
	rows, err := l.Owed(t.Context(), digest.Whole(), now, nil, 1000)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, row := range rows {
		if !slices.Contains(readers, row.Address) {
			continue
		}
		found++
		s := digest.Settlement{Step: digest.Failed, At: now, Due: now.Add(time.Hour), Outcome: o, Suspect: kind}
		if kind != "" {
			s.Step = digest.Pending
		}
		if ok, err := l.Intend(t.Context(), row, now, nil); !ok || err != nil {
			t.Fatal(ok, err)
		}
		if err := l.Settle(t.Context(), row, s); err != nil {
			t.Fatal(err)
		}
	}
	if found != len(readers) {
		t.Fatalf("%d of %v are owed", found, readers)
	}
}

var (
	accessDenied = digest.Outcome{
		Class: digest.Permanent, Code: 554, Enhanced: "5.7.1", Reply: "Relay access denied",
	}
	userUnknown = digest.Outcome{Class: digest.Permanent, Code: 550, Enhanced: "5.1.1", Reply: "User unknown"}
	helloFault  = digest.Outcome{Class: digest.Permanent, Code: 504, Reply: "need fully-qualified hostname"}
)

// words gives what a run of "edition resolve" says, which must end with this status.
func (n *newsroom) words(t *testing.T, status int, args ...string) string {
	t.Helper()
	c := n.command(append([]string{"edition", "resolve", theEdition}, args...)...)
	out, _ := c.CombinedOutput()
	if got := c.ProcessState.ExitCode(); got != status {
		t.Errorf("resolve %v ended with %d, want %d\n%s", args, got, status, out)
	}
	return string(out)
}

// TestAnAdminDecidesOnTheRefused has eight readers: three failed for us, one for its
// address, one for us who left then, two are suspects, and the last is sent to.
func TestAnAdminDecidesOnTheRefused(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	readers := manyReaders(8)
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port}, readers)
	n.openOnly(t)
	n.refuses(t, accessDenied, "", readers[0], readers[1], readers[4])
	n.refuses(t, helloFault, "", readers[2])
	n.refuses(t, userUnknown, "", readers[3])
	n.refuses(t, userUnknown, digest.OfAddress, readers[5])
	n.refuses(t, accessDenied, digest.OfOurs, readers[6])
	n.run(t, "subscribers", "suppress", readers[4])
	says := func(status int, want string, args ...string) {
		t.Helper()
		if got := n.words(t, status, args...); !strings.Contains(got, want) {
			t.Errorf("resolve %v says %q, want %q", args, got, want)
		}
	}
	if e := n.adds(t, "open", sums{opened: 8, failed: 5, pending: 3}); e.Suspects != 2 {
		t.Errorf("it shows %d suspects, want 2", e.Suspects)
	}
	want := "2 readers were refused but have not failed yet"
	if got := n.output(t, "edition", "show", theEdition); !strings.Contains(got, want) {
		t.Errorf("it shows %q, want %q", got, want)
	}
	for _, wrong := range [][]string{
		{"--suspects"},
		{"--failed"},
		{"--failed", "--fail"},
		{"--suspects", "--drop"},
		{"--fail"},
		{"--suspects", "--failed", "--resend"},
		{"--suspects", "--fail", "--resend"},
		{"--resend", "--code", "5.7.1"},
		{"--failed", "--resend", "--code", "4.7.1"},
		{"--failed", "--resend", "--code", ""},
		{"--failed", "--resend", "--until", "0s"},
		{"--drop", "--until", "3h"},
		{"--failed", "--resend"}, // nobody is there to ask
	} {
		says(exitUsage, "vesper: ", wrong...)
	}
	says(exitDone, "2 refused messages would be failed", "--suspects", "--fail", "--dry-run")
	says(exitDone, "1 refused message can be sent again, of 5 that failed", "--failed", "--resend", "-n", "--code", "550")
	says(exitDone, "0 refused messages can be sent again", "--failed", "--resend", "--code", "5.7.2", "--yes")
	n.adds(t, "open", sums{opened: 8, failed: 5, pending: 3})

	says(exitDone, "2 refused messages failed", "--suspects", "--fail")
	n.adds(t, "open", sums{opened: 8, failed: 7, pending: 1})
	n.send(t, exitPartly)
	n.adds(t, "done", sums{opened: 8, sent: 1, failed: 7})

	says(exitDone, "not sent again: 1 reader", "--failed", "--resend", "--yes", "--until", "30h")
	e := n.adds(t, "sending", sums{opened: 8, sent: 1, failed: 3, pending: 4})
	if left := until(t, e); left < 29*time.Hour || left > 30*time.Hour {
		t.Errorf("it is sent for %v, want 30h", left)
	}
	n.send(t, exitPartly)
	n.adds(t, "done", sums{opened: 8, sent: 5, failed: 3})
	w.onceEach(t, []string{readers[0], readers[1], readers[2], readers[6], readers[7]})
	// Whom the relay did not know is off the list: the admin puts the reader back first.
	says(exitDone, "not sent again: 1 reader", "--failed", "--resend", "-n", "--code", "5.1.1")
	n.run(t, "subscribers", "unsuppress", readers[3])
	says(exitDone, "2 refused messages will be sent again", "--failed", "--resend", "--yes", "--code", "5.1.1")
	n.send(t, exitPartly)
	n.adds(t, "done", sums{opened: 8, sent: 7, failed: 1})
}

// TestSuspectsGoOnByAnAdminsWord has an edition that waits for nothing but a suspect.
func TestSuspectsGoOnByAnAdminsWord(t *testing.T) {
	t.Parallel()
	readers := manyReaders(2)
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port}, readers)
	n.openOnly(t)
	n.refuses(t, accessDenied, digest.OfOurs, readers[0])
	if got := n.words(t, exitDone, "--suspects", "--resend"); !strings.Contains(got, "1 refused message will be tried") {
		t.Errorf("it says %q", got)
	}
	if e := n.adds(t, "open", sums{opened: 2, pending: 2}); e.Suspects != 0 {
		t.Errorf("it shows %d suspects", e.Suspects)
	}
	n.send(t, exitDone)
	n.adds(t, "done", sums{opened: 2, sent: 2})
	w.onceEach(t, readers)
}

// until gives how long an edition may still be sent.
func until(t *testing.T, e editionJSON) time.Duration {
	t.Helper()
	if e.Until == nil {
		t.Fatal("it has no end")
	}
	at, err := time.Parse(time.RFC3339, *e.Until)
	if err != nil {
		t.Fatal(err)
	}
	return time.Until(at)
}
