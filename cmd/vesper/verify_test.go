package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
)

func TestVerifySeesALedgerThatDoesNotAddUp(t *testing.T) {
	n := newNewsroom(t, 3)
	n.run(t, "edition", "send", "--yes", "--force", "--date", tomorrow)
	if out := n.run(t, "edition", "verify", theEdition); !strings.Contains(out, "adds up") {
		t.Errorf("got %s", out)
	}
	db, err := sql.Open("sqlite3", filepath.Join(n.dir, "vesper.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec(`DELETE FROM deliveries WHERE subscriber = (SELECT min(subscriber) FROM deliveries)`)
	if err != nil {
		t.Fatal(err)
	}
	out, err := n.command("edition", "verify", theEdition).CombinedOutput()
	if err == nil || err.Error() != "exit status 1" || !strings.Contains(string(out), "does not add up") {
		t.Errorf("got %v: %s", err, out)
	}
}
