package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"vesper/digest/whole"
)

// benched runs the bench of the real program, and gives what it says.
func benched(t *testing.T, args ...string) benchJSON {
	t.Helper()
	cmd := exec.Command("vesper", append([]string{"bench", "-o", "json"}, args...)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	// What it left out is said there.
	t.Log(said.String())
	var j benchJSON
	if err := json.Unmarshal(out, &j); err != nil {
		t.Fatal(err)
	}
	return j
}

func TestTheBenchMeasuresPostfixsToolsInTurn(t *testing.T) {
	whole.NotRaced(t)
	for _, tool := range []string{senderSource, sinkPostfix} {
		if !isExecutable(postfixTool(tool)) {
			t.Skipf("%s of Postfix is not installed", tool)
		}
	}
	t.Parallel()
	j := benched(t, "--recipients", "60", "--connections", "4", "--rounds", "3")
	var got []string
	for _, r := range j.Runs {
		got = append(got, r.Sender+" to "+r.Sink)
		ours := r.Sender == senderVesper
		if len(r.Each) != 3 || r.MessagesPerSecond <= 0 || r.CPU < 0 || r.PeakMB == nil ||
			(r.Ratio != nil) != ours || (r.Commits != nil) != ours || (r.Stalls != nil) != (r.Sink == sinkOurs) {
			t.Errorf("%s to %s: %+v", r.Sender, r.Sink, r)
		}
	}
	want := "vesper to vesper bench sink, smtp-source to vesper bench sink, " +
		"vesper to smtp-sink, smtp-source to smtp-sink"
	if all := strings.Join(got, ", "); all != want {
		t.Errorf("measured %s, want %s", all, want)
	}
	if j.MessagesPerSecond != j.Runs[0].MessagesPerSecond || j.Cores < 1 || j.Fsync <= 0 || j.Signature <= 0 {
		t.Errorf("got %+v", j)
	}
}

// With a long way to the sink, no sender of this kind can be faster than the round trips
// allow, and what takes the time is no work.
func TestTheBenchsWayTakesItsTime(t *testing.T) {
	t.Parallel()
	j := benched(t, "--recipients", "40", "--connections", "4", "--rounds", "1", "--no-yardsticks", "--rtt", "40ms",
		"--accept", "20ms")
	if j.RoundTrip < 40 || j.Accept != 20 || j.MessagesPerSecond > j.Limits.RoundTrips {
		t.Errorf("got %.1f messages a second with a round trip of %.1f ms and %.1f ms to accept, want at most %.1f",
			j.MessagesPerSecond, j.RoundTrip, j.Accept, j.Limits.RoundTrips)
	}
	if *j.Longest < 0 || j.BytesPerMessage < 48_000 || j.BytesPerMessage > 56_000 {
		t.Errorf("got %+v", j)
	}
}

// What the ledger costs is measured in the same rounds, and in the end it has everything.
func TestTheBenchMeasuresWhatTheLedgerCosts(t *testing.T) {
	t.Parallel()
	j := benched(t, "--recipients", "60", "--connections", "4", "--rounds", "1", "--no-yardsticks", "--no-ledger")
	if len(j.Runs) != 2 || j.Runs[1].Sender != senderLoose || *j.Runs[0].Commits == 0 ||
		*j.Runs[1].Commits >= *j.Runs[0].Commits || j.Runs[0].PeakMB == nil || j.Runs[1].PeakMB != nil {
		t.Errorf("got %+v", j.Runs)
	}
}

// Overlapped messages are measured at each sink, in the same rounds.
func TestTheBenchMeasuresOverlappedMessages(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	// So long that a busy machine does not make up for it.
	j := benched(t, "--recipients", "10", "--connections", "1", "--rounds", "1", "--no-yardsticks", "--rtt", "200ms",
		"--overlap")
	if len(j.Runs) != 2 || j.Runs[0].Sender != senderVesper || j.Runs[1].Sender != senderOverlap {
		t.Fatalf("got %+v", j.Runs)
	}
	// A round trip less a message is what it saves.
	if j.Runs[1].MessagesPerSecond <= j.Runs[0].MessagesPerSecond {
		t.Errorf("overlapped it sends %.0f a second, and otherwise %.0f", j.Runs[1].MessagesPerSecond,
			j.Runs[0].MessagesPerSecond)
	}
}

// An edition that is signed ahead of its time is sent with just these signatures, or the
// bench fails.
func TestTheBenchMeasuresWhatIsSignedAhead(t *testing.T) {
	t.Parallel()
	j := benched(t, "--recipients", "60", "--connections", "2", "--rounds", "1", "--no-yardsticks", "--sign",
		"--ahead")
	var got []string
	for _, r := range j.Runs {
		got = append(got, fmt.Sprintf("%s %t %t", r.Sender, r.Signed, r.Ahead != nil))
	}
	want := []string{"vesper true false", "vesper, not signed false false", "vesper, ahead true true"}
	if !slices.Equal(got, want) {
		t.Fatalf("measured %q, want %q", got, want)
	}
	if r := j.Runs[2]; *r.Ahead <= 0 || *r.AheadPerSecond <= 0 ||
		*r.Unsigned != r.MessagesPerSecond/j.Runs[1].MessagesPerSecond {
		t.Errorf("got %+v", r)
	}
}

// Ctrl-C ends it with all its processes, and nothing is left.
func TestTheBenchLeavesNothingWhenItIsStopped(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.Command("vesper", "bench", "--recipients", "200", "--connections", "1", "--no-yardsticks", "--rtt", "500ms")
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	// All its processes have the pipe: it ends when the last one does.
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(time.Minute, func() { cmd.Process.Kill() }).Stop()
	var all strings.Builder
	for piece := make([]byte, 1000); ; {
		n, err := said.Read(piece)
		all.Write(piece[:n])
		if err != nil {
			break
		}
		if strings.Contains(string(piece[:n]), "round 1 of 3") {
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != exitFailed {
		t.Errorf("ended with %v, want status %d: %s", err, exitFailed, all.String())
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 || err != nil {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestMedians(t *testing.T) {
	for _, c := range []struct {
		all  []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := median(c.all); got == nil || *got != c.want {
			t.Errorf("median(%v) is %v, want %v", c.all, got, c.want)
		}
	}
	if median(nil) != nil || median([]float64{1, -1}) != nil {
		t.Error("what is not known has a median")
	}
}
