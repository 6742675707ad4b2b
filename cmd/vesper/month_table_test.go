package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// night is a line of the table.
type night struct {
	day         time.Time
	kind, state string
	// took is how many messages the relay had taken before, killed how often the service died.
	took, killed int
	// had are those who are to have it, as the test knows.
	had map[string]bool
	// cells have one word for each reader.
	cells map[string]string
}

// enters writes the evening into the table: what the ledger has of each reader, held to what
// the relay took, and to what the test knows.
func (m *month) enters(t *testing.T, n *night) {
	t.Helper()
	n.state, n.killed = m.state(t), m.killed
	said := func(format string, args ...any) {
		t.Errorf("%s, %s (%s): %s", n.day.Format(time.DateOnly), n.kind, n.state, fmt.Sprintf(format, args...))
	}
	ledger := m.entered(t, n)
	repeats := m.relayTook(t, n, ledger, said)
	if most := n.killed * connections; repeats > most {
		said("%d repeats after %d kills", repeats, n.killed)
	}
	opened := strings.Contains(n.state, "done") || strings.Contains(n.state, "cancelled")
	m.had = map[string]bool{}
	for _, address := range m.order {
		s, e := m.subscribers[address], ledger[address]
		cell := ""
		switch {
		case e != nil && !opened:
			said("%s has %v of what was not opened", address, e.steps)
		case e != nil && !n.had[address]:
			said("%s has %v, and is not to have it", address, e.steps)
		case e != nil:
			cell = e.cell()
			m.had[address] = cell == "sent"
			if !s.may(n, cell) {
				said("%s is %q, of %v", address, cell, e.steps)
			}
			if at := s.promised(n.day, e.opened); cell == "sent" && m.slot() == "weekend" && e.at.Before(at) {
				said("%s was mailed at %s, and promised it at %s", address, e.at.In(at.Location()), at)
			}
		case opened && n.had[address] && !s.dead:
			said("%s was forgotten", address)
		case !opened && n.had[address]:
			cell = "no edition"
		case s.on && !s.dead:
			cell = "other evenings"
		default:
			cell = "not on the list"
		}
		n.cells[address] = cell
		s.on, s.left = s.on && !s.left, false
	}
	m.wants(n, said)
}

// wants holds the edition's end to what was done to it.
func (m *month) wants(n *night, said func(string, ...any)) {
	want := map[string][]string{
		"held": {"missed"}, "unapproved": {"missed"}, "quiet": {"empty"}, "cancelled": {"cancelled", "done"},
		"corrected": {"done, done"}, killedAgain: {"done, done"},
	}[n.kind]
	if want == nil || n.kind == killedAgain && m.slot() == "weekend" {
		want = []string{"done"}
	}
	if n.kind == "quiet" && m.waiting[m.slot()] {
		want = append(want, "done")
	}
	if !slices.Contains(want, n.state) {
		said("want %v", want)
	}
	m.did[n.kind]++
	m.waiting[m.slot()] = m.waiting[m.slot()] && (n.state == "missed" || n.state == "cancelled")
}

// cell is one word for what became of a reader's edition.
func (e *entered) cell() string {
	slices.Sort(e.steps)
	switch {
	case slices.Contains(e.steps, "sent"):
		return "sent"
	case len(e.steps) == 0:
		return "?"
	}
	return e.steps[len(e.steps)-1]
}

// may says whether this may have become of somebody who was to have the edition.
func (s *subscription) may(n *night, cell string) bool {
	switch {
	case s.dead:
		return cell == "failed" || strings.HasPrefix(cell, "skipped")
	case cell == "sent", cell == "unknown" && n.killed > 0:
		return true
	}
	return strings.HasPrefix(cell, "skipped") && (s.left || n.kind == "cancelled")
}

// sums holds the table to its equation: every reader has one word of every evening.
func (m *month) sums(t *testing.T) {
	t.Helper()
	for _, address := range m.order {
		words := 0
		for _, n := range m.table {
			if _, here := n.cells[address]; n.cells[address] != "" || !here {
				words++
			}
		}
		if words != len(m.table) {
			t.Errorf("%s has %d words of %d evenings", address, words, len(m.table))
		}
	}
}

// shown gives the table: a line an evening, and each line's words add up to all readers.
func (m *month) shown() string {
	kinds := map[string]bool{}
	counts := make([]map[string]int, len(m.table)+1)
	counts[len(m.table)] = map[string]int{}
	for i, n := range m.table {
		counts[i] = map[string]int{}
		for _, address := range m.order {
			cell := n.cells[address]
			if cell == "" {
				cell = "not on the list" // as yet
			}
			cell, _, _ = strings.Cut(cell, ":")
			kinds[cell] = true
			counts[i][cell]++
			counts[len(m.table)][cell]++
		}
	}
	words := slices.Sorted(maps.Keys(kinds))
	var text bytes.Buffer
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "evening\t%s\tsum\t kind\tstate\t\n", strings.Join(words, "\t"))
	for i, c := range counts {
		day, kind, state, sum := "all", "", "", 0
		if i < len(m.table) {
			n := m.table[i]
			day, kind, state = n.day.Format("Mon 01-02"), n.kind, n.state
		}
		fmt.Fprintf(w, "%s\t", day)
		for _, word := range words {
			fmt.Fprintf(w, "%d\t", c[word])
			sum += c[word]
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t\n", sum, kind, state)
	}
	w.Flush()
	return text.String()
}
