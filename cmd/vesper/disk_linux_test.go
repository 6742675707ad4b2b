package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vesper/digest/whole"
)

// TestADiskThatFillsUpInMidRunLosesNobody has the database on a small disk, takes
// what is left of it away while the edition is sent, and gives it back.
func TestADiskThatFillsUpInMidRunLosesNobody(t *testing.T) {
	t.Parallel()
	const readers = 600
	for _, test := range []struct {
		name string
		// killed says that the sending does not live to see the space again.
		killed bool
		// repeats is how many there may be.
		repeats int
	}{
		{"goes on", false, 0},
		{"killed", true, connections},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.killed {
				whole.NotRaced(t)
			}
			t.Parallel()
			list := manyReaders(readers)
			w := startOracle(t, "-stop", "answer", "-at", "30")
			// The WAL may grow to four megabytes, and the database has to take it.
			disk := smallDisk(t, "16m")
			n := faultyNewsroom(t, setting{port: w.port, connections: connections}, nil)
			n.keeps(t, filepath.Join(disk, "vesper.db"), list)
			s := n.startHeard(t)
			w.stops(t)
			release := fill(t, disk)
			w.goOn(t)
			s.says(t, "database or disk is full")
			if test.killed {
				s.Process.Kill()
			}
			release()
			if err := s.Wait(); err != nil && !test.killed {
				t.Errorf("edition send ended with %v\n%s", err, &s.text)
			}
			n.run(t, "edition", "verify", theEdition)
			n.send(t, exitDone)
			e, doubts := w.evidence(t, list), n.show(t).PossibleDuplicates
			t.Logf("%d repeats, %d in doubt", e.repeats, doubts)
			if len(e.lost) > 0 || len(e.strangers) > 0 || e.different > 0 {
				t.Errorf("lost %v, to strangers %v, %d repeats of different bytes", e.lost, e.strangers, e.different)
			}
			if e.repeats > doubts || doubts > test.repeats {
				t.Errorf("%d repeats, %d in doubt, want no more than %d", e.repeats, doubts, test.repeats)
			}
			n.adds(t, "done", sums{opened: readers, sent: readers, doubts: doubts})
		})
	}
}

// keeps has the newsroom keep its database elsewhere, with these readers.
func (n *newsroom) keeps(t *testing.T, database string, readers []string) {
	t.Helper()
	config, err := os.OpenFile(filepath.Join(n.dir, "vesper.toml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer config.Close()
	if _, err := fmt.Fprintf(config, "[database]\npath = %q\n", database); err != nil {
		t.Fatal(err)
	}
	list := strings.Join(readers, "\n") + "\n"
	if err := os.WriteFile(filepath.Join(n.dir, "list.txt"), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	n.run(t, "subscribers", "import", "list.txt", "--confirmed")
}

// heardSending is a run of "edition send" that is listened to, not for ever.
type heardSending struct {
	*exec.Cmd
	*heard
}

func (n *newsroom) startHeard(t *testing.T) *heardSending {
	t.Helper()
	s := &heardSending{
		n.command("edition", "send", "--yes", "--force", "--date", tomorrow),
		&heard{words: map[string]chan struct{}{}},
	}
	s.Stdout, s.Stderr = s.heard, s.heard
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(time.Minute, func() { s.Process.Kill() })
	t.Cleanup(func() {
		limit.Stop()
		s.Process.Kill()
	})
	return s
}

// smallDisk gives a folder that is a file system of its own.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small file system can't be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, 0); err != nil {
			t.Error(err)
		}
	})
	return folder
}

// fill takes all the space that is left, and gives the function that gives it
// back.
func fill(t *testing.T, folder string) func() {
	t.Helper()
	path := filepath.Join(folder, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for b := make([]byte, 4096); err == nil; {
		_, err = f.Write(b)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}
