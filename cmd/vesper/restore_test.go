package main

import (
	"path/filepath"
	"strings"
	"testing"

	"vesper/digest/whole"
)

// TestABackupOfARunThatDiedIsHeld makes a backup in the middle of a run, lets that go on
// for more than a second, kills it and puts the backup back.
func TestABackupOfARunThatDiedIsHeld(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	readers := manyReaders(150)
	w := startOracle(t, "-delay", "10ms")
	n := faultyNewsroom(t, setting{port: w.port, connections: 1}, readers)
	n.openOnly(t)
	s := n.startService(t)
	w.wait(1, nil)
	backup := filepath.Join(n.dir, "backup.db")
	db := n.database(t)
	if _, err := db.ExecContext(t.Context(), `VACUUM INTO $1`, backup); err != nil {
		t.Fatal(err)
	}
	db.Close()
	took, _ := w.count()
	w.wait(took+40, nil)
	restore := func(want string) {
		t.Helper()
		c := n.command("restore", backup)
		out, _ := c.CombinedOutput()
		if got := c.ProcessState.ExitCode(); got != exitHeld || !strings.Contains(string(out), want) {
			t.Errorf("restore ended with %d and says %q, want %d and %q", got, out, exitHeld, want)
		}
	}
	restore("serve (process ")
	s.kill()
	restore("older than what was sent from here")
}
