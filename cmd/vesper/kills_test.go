package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vesper/digest/whole"
)

// The lengths of these tests: the long forms are for the README's figures.
var (
	killsFlag   = flag.Int("kills", whole.Fewer(8), "how often TestKills kills a sending")
	termsFlag   = flag.Int("terms", whole.Fewer(3), "how often TestTerms stops a sending")
	readersFlag = flag.Int("readers", 1000, "how many readers the edition of these tests has")
	seedFlag    = flag.Uint64("seed", 0, "what the random moments follow from (0: another each time)")
)

// connections is how many the fault tests send over.
const connections = 8

// moments gives the random moments of a test, and says how to have them again.
func moments(t *testing.T) *rand.Rand {
	t.Helper()
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// spin passes a time that is too short to sleep for.
func spin(d time.Duration) {
	for began := time.Now(); time.Since(began) < d; {
	}
}

// disturbance is what interrupts a delivery again and again, at random moments.
type disturbance struct {
	witnesses
	// messages is how many are to be taken in all, spread over so many times.
	messages, times int
	random          *rand.Rand
	start           func(*testing.T) *sending
	interrupt       func(*sending)
}

// run interrupts up to so many times and gives how many it were.
func (d disturbance) run(t *testing.T) int {
	t.Helper()
	for done := range d.times {
		took := d.count()
		step := 2 * max(1, d.messages-took) / (d.times - done + 1)
		if took >= d.messages {
			return d.early(t, done)
		}
		s := d.start(t)
		d.wait(took+1+d.random.IntN(max(1, step)), s.ended)
		spin(time.Duration(d.random.IntN(2000)) * time.Microsecond)
		select {
		case <-s.ended:
			return d.early(t, done)
		default:
		}
		d.interrupt(s)
	}
	return d.times
}

// early is the end of a delivery before it was interrupted often enough.
func (d disturbance) early(t *testing.T, done int) int {
	t.Helper()
	if 2*done < d.times {
		t.Errorf("it was over after %d interruptions, want %d", done, d.times)
	}
	return done
}

func TestKills(t *testing.T) {
	t.Parallel()
	killSendings(t, connections, "")
}

// TestKillsOfOverlappedMessages has two messages of a connection in hand, of which one
// is in doubt.
func TestKillsOfOverlappedMessages(t *testing.T) {
	t.Parallel()
	killSendings(t, 1, overlapped)
}

// overlapped is how a relay is told the next message with the end of the one before.
const overlapped = "pipelining = \"overlap\"\n"

func killSendings(t *testing.T, connections int, relay string) {
	t.Helper()
	readers := manyReaders(*readersFlag)
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port, connections: connections, relay: relay}, readers)
	kills := disturbance{witnesses{w}, len(readers), *killsFlag, moments(t), n.start, (*sending).kill}.run(t)
	n.rests(t, time.Now)
	e := w.evidence(t, readers)
	t.Logf("%d readers, %d kills: %d lost, %d repeats (%.1f a kill), %d different bytes",
		len(readers), kills, len(e.lost), e.repeats, float64(e.repeats)/float64(max(1, kills)), e.different)
	if len(e.lost) > 0 || len(e.strangers) > 0 {
		t.Errorf("lost %v, to strangers %v", e.lost, e.strangers)
	}
	if e.repeats > kills*connections {
		t.Errorf("%d repeats after %d kills over %d connections", e.repeats, kills, connections)
	}
	if e.different > 0 {
		t.Errorf("%d repeats are not the same bytes", e.different)
	}
	doubts := n.show(t).PossibleDuplicates
	if doubts < e.repeats {
		t.Errorf("%d repeats, and the ledger knows of %d", e.repeats, doubts)
	}
	n.adds(t, "done", sums{opened: len(readers), sent: len(readers), doubts: doubts})
}

func TestTerms(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"send", "serve"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			readers := manyReaders(*readersFlag)
			// A slow relay has something on the wire whenever the signal comes.
			w := startOracle(t, "-delay", "1ms")
			n := faultyNewsroom(t, setting{port: w.port, connections: connections}, readers)
			start, want := n.start, exitPartly
			if by == "serve" {
				n.openOnly(t)
				start, want = n.startService, exitDone
			}
			terms := disturbance{witnesses{w}, len(readers), (*termsFlag + 1) / 2, moments(t), start, func(s *sending) {
				s.Process.Signal(syscall.SIGTERM)
				<-s.ended
				// The signal may have come when all was sent.
				if s.ProcessState.ExitCode() != want && len(w.evidence(t, readers).lost) > 0 {
					t.Errorf("it ended with %v, want exit status %d\n%s", s.ProcessState, want, &s.said)
				}
			}}.run(t)
			n.send(t, exitDone)
			e := w.evidence(t, readers)
			t.Logf("%s, %d readers, %d signals: %d lost, %d repeats", by, len(readers), terms, len(e.lost), e.repeats)
			w.onceEach(t, readers)
			n.adds(t, "done", sums{opened: len(readers), sent: len(readers)})
		})
	}
}

// TestAnOpeningIsWholeOrNothing kills sendings ever later: first counted from
// their start, then from the word that they are about to open the edition, at
// last at random moments around the transaction that opens it.
func TestAnOpeningIsWholeOrNothing(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	readers := manyReaders(500)
	w := startOracle(t)
	o := &opening{fresh: faultyNewsroom(t, setting{port: w.port}, readers), readers: len(readers)}
	o.later(t, false)
	late := o.later(t, true)
	random := moments(t)
	var n *newsroom
	for range *killsFlag {
		n, _ = o.kill(t, true, time.Duration(random.Int64N(2*int64(late))))
	}
	t.Logf("no edition %d times, a whole one %d times", o.none, o.whole)
	if o.none == 0 {
		t.Error("none was killed before the edition was open")
	}
	// Whatever a kill leaves, the next sending goes on from there.
	n.send(t, exitDone)
	if e := n.show(t); e.Sent != len(readers) {
		t.Errorf("%d sent, want %d", e.Sent, len(readers))
	}
	if e := w.evidence(t, readers); len(e.lost) > 0 || len(e.strangers) > 0 {
		t.Errorf("lost %v, to strangers %v", e.lost, e.strangers)
	}
}

// opening kills sendings of one newsroom as they open the edition.
type opening struct {
	fresh       *newsroom
	readers     int
	none, whole int
}

// later kills after 1, 2, 4, 8 … ms, until the edition has been opened before,
// and gives that time.
func (o *opening) later(t *testing.T, announced bool) time.Duration {
	t.Helper()
	for wait := time.Millisecond; ; wait *= 2 {
		if _, opened := o.kill(t, announced, wait); opened {
			return wait
		}
	}
}

// kill kills a sending in a newsroom of its own, and sees that the edition is
// there with everybody or not at all.
func (o *opening) kill(t *testing.T, announced bool, wait time.Duration) (*newsroom, bool) {
	t.Helper()
	n := o.fresh.again(t)
	n.killOpening(t, announced, wait)
	switch opened := n.opened(t); opened {
	case 0:
		o.none++
		return n, false
	case o.readers:
		o.whole++
		n.asks(t, "edition", "verify", theEdition)
	default:
		t.Fatalf("killed after %v: opened for %d readers of %d", wait, opened, o.readers)
	}
	return n, true
}

// again gives a newsroom of the same state in another folder.
func (n *newsroom) again(t *testing.T) *newsroom {
	t.Helper()
	copied := &newsroom{dir: filepath.Join(t.TempDir(), "home"), port: n.port}
	if err := os.CopyFS(copied.dir, os.DirFS(n.dir)); err != nil {
		t.Fatal(err)
	}
	return copied
}

// killOpening kills a sending so long after it started or, where announced, so
// long after it has said what it is about to open.
func (n *newsroom) killOpening(t *testing.T, announced bool, wait time.Duration) {
	t.Helper()
	c := n.command("edition", "send", "--yes", "--force", "--date", tomorrow)
	said, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if announced {
		lines := bufio.NewScanner(said)
		for lines.Scan() && !strings.HasPrefix(lines.Text(), "edition "+theEdition) {
		}
	}
	spin(wait)
	c.Process.Kill()
	io.Copy(io.Discard, said)
	c.Wait()
}

// opened gives with how many readers the edition was opened, 0 if it is not.
func (n *newsroom) opened(t *testing.T) int {
	t.Helper()
	sum := 0
	for d := json.NewDecoder(strings.NewReader(n.asks(t, "edition", "list", "-o", "json"))); d.More(); {
		var e editionJSON
		if err := d.Decode(&e); err != nil {
			t.Fatal(fmt.Errorf("edition list: %w", err))
		}
		sum += e.Opened
	}
	return sum
}
