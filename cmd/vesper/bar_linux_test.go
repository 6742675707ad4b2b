package main

import (
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"

	"vesper/digest/whole"
)

// erased is what a bar begins with: the line is cleared, and written anew.
const erased = "\r\x1b[K"

// frames gives all that stood in each line of a terminal: what was written over it too.
// There is no other movement than to the next line and back to the line's beginning.
func frames(t *testing.T, shown string) (lines [][]string) {
	t.Helper()
	for line := range strings.SplitSeq(shown, "\r\n") {
		all := strings.Split(line, erased)
		for _, one := range all {
			if strings.ContainsFunc(one, func(r rune) bool { return r < ' ' }) {
				t.Errorf("the cursor moves otherwise: %q", one)
			}
		}
		lines = append(lines, all)
	}
	return lines
}

// TestABarAndTablesFitTheirTerminal sends an edition at a terminal of 40 columns, and looks
// on at one of 80. Nothing that is drawn is wider, and a bar stays in one line, which is
// empty in the end.
func TestABarAndTablesFitTheirTerminal(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	w := startOracle(t, "-delay", "50ms")
	n := faultyNewsroom(t, setting{port: w.port, connections: 1}, manyReaders(90))
	send := n.command("edition", "send", "--yes", "--force", "--date", tomorrow)
	follow := n.command("edition", "show", theEdition, "--follow")
	sent := at(t, 40, send)
	w.wait(5, nil)
	followed := at(t, 80, follow)
	for _, columns := range []uint16{40, 80} {
		for _, noun := range []string{"articles", "subscribers"} {
			c := n.command(noun, "list")
			out := at(t, columns, c).reads(t, "")
			c.Wait()
			for _, line := range frames(t, out) {
				if got := text.StringWidth(line[0]); got > int(columns) {
					t.Errorf("%d columns: %q has %d", columns, line, got)
				}
			}
			if !strings.Contains(out, "reader00089") && !strings.Contains(out, "orlanda") {
				t.Errorf("%s has no row: %q", noun, out)
			}
		}
	}
	fitsIn(t, 80, followed.reads(t, ""))
	fitsIn(t, 40, sent.reads(t, ""))
	follow.Wait()
	send.Wait()
}

// fitsIn holds a bar to a terminal of so many columns.
func fitsIn(t *testing.T, columns int, out string) {
	t.Helper()
	bars := 0
	for _, line := range frames(t, out) {
		if len(line) == 1 {
			continue
		}
		bars++
		last := line[len(line)-1]
		for _, one := range line[1 : len(line)-1] {
			if got := text.StringWidth(one); got >= columns || !strings.Contains(one, "/90") {
				t.Errorf("%d columns: %q has %d", columns, one, got)
			}
		}
		if len(line) < 4 || line[0] != "" || strings.Contains(last, "%") {
			t.Errorf("%d columns: the bar was drawn as %q", columns, line)
		}
	}
	if bars != 1 {
		t.Errorf("%d columns: a bar was drawn in %d lines: %q", columns, bars, out)
	}
}
