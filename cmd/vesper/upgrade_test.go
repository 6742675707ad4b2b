package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAnUpgradeGoesOnWithAHalfSentEdition takes a database that an older program
// left in the middle of an edition (see half-sent-3.md beside it), and brings the
// edition to its end by hand and by the service.
func TestAnUpgradeGoesOnWithAHalfSentEdition(t *testing.T) {
	t.Parallel()
	old, err := os.ReadFile("../../subscribers/sqlite/testdata/half-sent-3.db")
	if err != nil {
		t.Fatal(err)
	}
	// The edition was not given up yet then.
	soon := clockAt(t, "2026-11-27T07:30:00Z")
	for name, goOn := range map[string]func(*testing.T, *newsroom){
		"by hand": func(t *testing.T, n *newsroom) { n.sendLater(t, time.Until(soon()), exitPartly) },
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
			served := n.servedBefore(t)
			if len(served) != 17 {
				t.Fatalf("%d readers had their end before, want 16 sent and 1 failed", len(served))
			}
			var rest []string
			for i := range 40 {
				reader := fmt.Sprintf("reader%02d@reader.example", i+1)
				if !slices.Contains(served, reader) {
					rest = append(rest, reader)
				}
			}
			goOn(t, n)
			w.onceEach(t, rest)
			e := n.adds(t, "done", sums{opened: 40, sent: 39, failed: 1, doubts: 3})
			if e.Recovered != 3 {
				t.Errorf("%d recovered, want 3", e.Recovered)
			}
		})
	}
}

// servedBefore gives the readers of the edition whose delivery was at its end when
// the older program was killed.
func (n *newsroom) servedBefore(t *testing.T) []string {
	t.Helper()
	var served []string
	for i := range 40 {
		reader := fmt.Sprintf("reader%02d@reader.example", i+1)
		show := n.output(t, "subscribers", "show", reader, "-o", "json")
		if strings.Contains(show, `"state":"sent"`) || strings.Contains(show, `"state":"failed"`) {
			served = append(served, reader)
		}
	}
	return served
}
