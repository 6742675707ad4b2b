package store

import (
	"errors"
	"flag"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

var cuts = flag.Int("cuts", 6, "how often to cut the power")

func TestAPowerCutLosesNothing(t *testing.T) {
	t.Parallel()
	if lost := cutPower(t, *cuts, false); lost != 0 {
		t.Errorf("%d outcomes that were told to be durable are lost", lost)
	}
}

// The control: it shows that the test above would see a loss.
func TestAPowerCutIsSeenToLoseWhatWasNotSynced(t *testing.T) {
	t.Parallel()
	if lost := cutPower(t, 6, true); lost == 0 {
		t.Error("nothing is lost without waiting for the disk: these cuts are none")
	}
}

// cutPower lets a process send, kills it at a random moment, and takes from the
// database and its WAL all that was not synced, so many times. It gives how many
// outcomes that the process had been told to be durable are lost.
func cutPower(t *testing.T, times int, unsynced bool) int {
	library, folder, survives := badDisk(t), t.TempDir(), t.TempDir()
	path := filepath.Join(folder, "vesper.db")
	const most = 100
	s := openFile(t, path)
	// A slow machine kills it later than it was asked to.
	addMany(t, s, 2*times*most+1000)
	mustOpen(t, s, 0)
	environment := []string{"LD_PRELOAD=" + library, "FAULT_NAME=vesper.db", "FAULT_SHADOW=" + survives}
	if unsynced {
		environment = append(environment, careless+"=1")
	}
	lost := 0
	told := map[int64]bool{}
	for range times {
		// All that a closed database holds is synced.
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		copyFile(t, path, filepath.Join(survives, "vesper.db"))
		remove(t, filepath.Join(survives, "vesper.db-wal"))

		killAfter(t, path, 1+rand.IntN(most), told, environment...)

		remove(t, path+"-shm")
		remove(t, path+"-wal")
		copyFile(t, filepath.Join(survives, "vesper.db"), path)
		if _, err := os.Stat(filepath.Join(survives, "vesper.db-wal")); err == nil {
			copyFile(t, filepath.Join(survives, "vesper.db-wal"), path+"-wal")
		}
		s = openFile(t, path)
		if got := text(t, s, `PRAGMA integrity_check`); got != "ok" {
			t.Fatalf("integrity check: %s", got)
		}
		sent := sentOnes(t, s)
		for id := range told {
			if !sent[id] {
				lost++
				delete(told, id)
			}
		}
		if doubts := recoverAll(t, s, 1, false); doubts > 8 && !unsynced {
			t.Errorf("%d in doubt, want at most one per connection", doubts)
		}
		if got := tally(t, s); !got.Balanced() || got.Attempting != 0 {
			t.Errorf("got %+v", got)
		}
	}
	t.Logf("%d cuts, %d outcomes told, %d lost", times, len(told)+lost, lost)
	return lost
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}

// sentOnes gives whose delivery of edition 1 is sent.
func sentOnes(t *testing.T, s *File) map[int64]bool {
	t.Helper()
	sent := map[int64]bool{}
	rows, err := s.read.Query(t.Context(), `SELECT subscriber FROM deliveries WHERE edition = 1 AND step = 'sent'`)
	if err := each(rows, err, func(scan scanner) error {
		var id int64
		err := scan(&id)
		sent[id] = true
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return sent
}
