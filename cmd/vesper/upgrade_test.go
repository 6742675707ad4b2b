package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// halfSentEdition is the one that half-sent-3.db has half sent.
const halfSentEdition = "2026-11-22-evening"

// TestAnUpgradeGoesOnWithAHalfSentEdition takes a database that an older program
// left in the middle of an edition, with four messages on the wire, and brings the
// edition to its end by hand and by the service.
func TestAnUpgradeGoesOnWithAHalfSentEdition(t *testing.T) {
	t.Parallel()
	old, err := os.ReadFile("../../subscribers/store/testdata/half-sent-3.db")
	if err != nil {
		t.Fatal(err)
	}
	// Half an hour later the edition is not given up, and nobody is deferred any more.
	soon := clockAt(t, "2026-11-22T18:30:00Z")
	for name, goOn := range map[string]func(*testing.T, *newsroom){
		"by hand": func(t *testing.T, n *newsroom) {
			var said bytes.Buffer
			a := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: &said, env: none, now: soon}
			code := a.execute(t.Context(), []string{
				"--config", filepath.Join(n.dir, "vesper.toml"), "edition", "send", "--yes", "--date", "2026-11-22",
			})
			if code != exitPartly {
				t.Errorf("edition send ended with %d, want %d for the one who failed before\n%s",
					code, exitPartly, &said)
			}
		},
		"by the service": func(t *testing.T, n *newsroom) {
			s := n.service(t, soon)
			s.says(t, "edition done")
			s.ends(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := startOracle(t)
			n := faultyNewsroom(t, setting{port: w.port}, nil)
			if err := os.WriteFile(filepath.Join(n.dir, "vesper.db"), old, 0o600); err != nil {
				t.Fatal(err)
			}
			rest := n.owedOfHalfSent(t)
			if len(rest) != 19 {
				t.Fatalf("%d readers are owed, want 15 and 4 that were on the wire", len(rest))
			}
			goOn(t, n)
			w.onceEach(t, rest)
			var e editionJSON
			if err := json.Unmarshal([]byte(n.output(t, "edition", "show", halfSentEdition, "-o", "json")),
				&e); err != nil {
				t.Fatal(err)
			}
			want := sums{opened: 38, sent: 37, failed: 1, doubts: 4}
			if got := sumsOf(e); got != want || e.State != "done" || e.Recovered != 4 {
				t.Errorf("it is %s with %+v and %d recovered, want done with %+v and 4", e.State, got, e.Recovered,
					want)
			}
			n.run(t, "edition", "verify", halfSentEdition)
		})
	}
}

// owedOfHalfSent gives the readers whose delivery was not at its end when the older
// program was killed.
func (n *newsroom) owedOfHalfSent(t *testing.T) []string {
	t.Helper()
	said := n.run(t, "edition", "list") // which brings the database up to date
	want := "brought from version 3 up to 5. As it was it lies at " + filepath.Join(n.dir, "vesper.db.version-3-")
	if !strings.Contains(said, want) {
		t.Errorf("the first command said %q, want %q", said, want)
	}
	db := n.database(t)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT s.address FROM deliveries d JOIN subscribers s ON s.id = d.subscriber
		JOIN editions e ON e.number = d.edition
		WHERE e.date || '-' || e.slot = $1 AND d.step IN ('pending', 'attempting')`, halfSentEdition)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var owed []string
	for rows.Next() {
		var reader string
		if err := rows.Scan(&reader); err != nil {
			t.Fatal(err)
		}
		owed = append(owed, reader)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return owed
}
