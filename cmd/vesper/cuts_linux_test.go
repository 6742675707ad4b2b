package main

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"vesper/digest/whole"
)

var cutsFlag = flag.Int("cuts", whole.Fewer(3), "how often TestAPowerCutRepeatsWhatIsOnTheWireAtMost cuts the power")

// TestAPowerCutRepeatsWhatIsOnTheWireAtMost kills what delivers an edition, a
// sending by hand or the service, and takes from the database what was not synced:
// all of it, all after some write, or any half.
func TestAPowerCutRepeatsWhatIsOnTheWireAtMost(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	for name, c := range map[string]struct {
		connections int
		relay       string
	}{"message": {connections, ""}, "overlapped": {1, overlapped}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cutPower(t, c.connections, c.relay)
		})
	}
}

func cutPower(t *testing.T, connections int, relay string) {
	t.Helper()
	library := badDisk(t)
	readers := manyReaders(150 + 40**cutsFlag)
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port, connections: connections, relay: relay}, readers)
	n.openOnly(t)
	random, done, undone := moments(t), 0, 0
	d := power{database: filepath.Join(n.dir, "vesper.db"), survives: t.TempDir(), random: random}
	cuts := disturbance{witnesses{w}, len(readers), *cutsFlag, random, func(t *testing.T) *sending {
		c := n.command("edition", "send", "--yes", "--force", "--date", tomorrow)
		if done%2 == 1 {
			c = n.command("serve")
		}
		c.Env = append(os.Environ(), "LD_PRELOAD="+library, "FAULT_NAME=vesper.db", "FAULT_SYNC_MS=20",
			"FAULT_SHADOW="+d.survives)
		d.comes(t)
		return launched(t, c)
	}, func(s *sending) {
		// The connections go in step: at the moment of a dot, where this begins, nothing is
		// being written. A sync takes 20 ms.
		if done%3 == 0 {
			d.writes(t)
		} else {
			<-time.After(time.Duration(random.IntN(40)) * time.Millisecond)
		}
		s.kill()
		undone += d.goes(t, done%3)
		done++
	}}.run(t)
	n.rests(t, time.Now)

	e, doubts := w.evidence(t, readers), n.show(t).PossibleDuplicates
	t.Logf("%d readers, %d cuts, %d writes undone: %d lost, %d repeats (%.1f a cut), %d different bytes", len(readers),
		cuts, undone, len(e.lost), e.repeats, float64(e.repeats)/float64(max(1, cuts)), e.different)
	if len(e.lost) > 0 || len(e.strangers) > 0 || e.different > 0 {
		t.Errorf("lost %v, to strangers %v", e.lost, e.strangers)
	}
	if e.repeats > cuts*connections || doubts > cuts*connections {
		t.Errorf("%d repeats, %d in doubt, after %d cuts over %d connections", e.repeats, doubts, cuts, connections)
	}
	if undone == 0 {
		t.Error("no write was undone: these cuts are none")
	}
	n.account(t, witnesses{w})
	n.adds(t, "done", sums{opened: len(readers), sent: len(readers), doubts: doubts})
}

// badDisk builds the library that keeps apart what was synced.
func badDisk(t *testing.T) string {
	t.Helper()
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("no C compiler to make a bad disk with")
	}
	library := filepath.Join(t.TempDir(), "fault.so")
	build := exec.CommandContext(t.Context(), cc,
		"-shared", "-fPIC", "-O1", "-o", library, "../../subscribers/store/testdata/fault.c", "-ldl", "-lpthread")
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("the compiler makes no bad disk: %v\n%s", err, out)
	}
	return library
}

// power is that of a machine with a database.
type power struct {
	database string
	// survives is the folder of what was synced; see fault.c.
	survives string
	random   *rand.Rand
}

// files are those that a database is made of.
var files = []string{"", "-wal"}

// comes is before a process is started: all that is there is on the disk.
func (p power) comes(t *testing.T) {
	t.Helper()
	for _, end := range files {
		move(t, p.database+end, p.kept(end))
		move(t, filepath.Join(p.survives, "none"), p.kept(end)+".unsynced")
	}
}

// writes waits until something is written and not synced yet, not for ever: the edition
// may be over.
func (p power) writes(t *testing.T) {
	t.Helper()
	for range 1000 {
		for _, end := range files {
			if s, err := os.Stat(p.kept(end) + ".unsynced"); err == nil && s.Size() > 0 {
				return
			}
		}
		<-time.After(time.Millisecond)
	}
}

func (p power) kept(end string) string {
	return filepath.Join(p.survives, filepath.Base(p.database)+end)
}

// goes leaves of the database what was synced, and of the writes since then, by the
// kind of cut: 0 none, 1 the first ones, 2 any half. It gives how many are undone.
func (p power) goes(t *testing.T, kind int) int {
	t.Helper()
	undone := 0
	for _, end := range files {
		writes := unsynced(t, p.kept(end)+".unsynced")
		left := len(writes)
		switch kind {
		case 0:
			left = 0
		case 1:
			left = p.random.IntN(len(writes) + 1)
		}
		undone += len(writes) - left
		for i, w := range writes {
			if i < left {
				p.write(t, p.kept(end), w, kind == 2)
			}
		}
		move(t, p.kept(end), p.database+end)
	}
	move(t, filepath.Join(p.survives, "none"), p.database+"-shm")
	return undone
}

// sector is what a disk writes whole.
const sector = 512

// write does a write, or any half of its sectors.
func (p power) write(t *testing.T, path string, w write, half bool) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for at := 0; at < len(w.bytes); {
		to := min(len(w.bytes), at+sector-int(w.at+int64(at))%sector)
		if !half || p.random.IntN(2) == 0 {
			if _, err := f.WriteAt(w.bytes[at:to], w.at+int64(at)); err != nil {
				t.Fatal(err)
			}
		}
		at = to
	}
}

// write is one that was not synced.
type write struct {
	at    int64
	bytes []byte
}

// unsynced reads the writes that fault.c has noted. The last one may be torn.
func unsynced(t *testing.T, path string) []write {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var all []write
	for len(b) >= 16 {
		at, size := binary.NativeEndian.Uint64(b), binary.NativeEndian.Uint64(b[8:])
		if b = b[16:]; size > uint64(len(b)) {
			break
		}
		all = append(all, write{int64(at), b[:size]})
		b = b[size:]
	}
	return all
}

// move puts a copy of one file in the place of another; where there is none, it
// takes the other away.
func move(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	} else if errors.Is(err, fs.ErrNotExist) {
		if err = os.Remove(to); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		t.Fatal(fmt.Errorf("copy the database: %w", err))
	}
}
