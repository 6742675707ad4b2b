package main

import (
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// testPatience names how long one run of the program in the tests may take, such as
// 90m.
const testPatience = "TEST_PATIENCE"

// exitHung is the status of a run that did not end in time. The program itself has no
// such status.
const exitHung = 99

// runLimit is how long that is, 3 minutes if nothing else is said.
func runLimit() time.Duration {
	if d, err := time.ParseDuration(os.Getenv(testPatience)); err == nil {
		return d
	}
	return 3 * time.Minute
}

// notForEver ends this process if it does not end by itself. It says before what each
// goroutine does, as after a SIGQUIT, and of those that run, too.
func notForEver(out io.Writer) {
	time.AfterFunc(runLimit(), func() {
		fmt.Fprintf(out, "vesper %s: this run has not ended within %v\n", strings.Join(os.Args[1:], " "), runLimit())
		pprof.Lookup("goroutine").WriteTo(out, 2)
		os.Exit(exitHung)
	})
}

// hung fails a test whose run did not end in time, with what it said.
func (s *sending) hung(t *testing.T) {
	t.Helper()
	if s.ProcessState.ExitCode() == exitHung {
		t.Errorf("it did not end:\n%s", s.Stderr)
	}
}

func TestARunThatHangsSaysWhereItIs(t *testing.T) {
	t.Parallel()
	c := newNewsroom(t, 0).command("serve")
	c.Env = append(os.Environ(), testPatience+"=1s")
	out, err := c.CombinedOutput()
	if c.ProcessState.ExitCode() != exitHung {
		t.Errorf("it ended with %v, want exit status %d", err, exitHung)
	}
	for _, word := range []string{"this run has not ended within 1s", "goroutine 1 [", "cmd/vesper.run("} {
		if !strings.Contains(string(out), word) {
			t.Errorf("it does not say %q:\n%s", word, out)
		}
	}
}
