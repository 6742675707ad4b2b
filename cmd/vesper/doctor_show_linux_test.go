package main

import (
	"os"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"

	"vesper/digest/whole"
)

// TestStatusIsReadOnANarrowTerminal: a line goes on below what it says, and nothing is broken
// within a word or cut off, once or with --watch.
func TestStatusIsReadOnANarrowTerminal(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 2)
	n.command("edition", "send", "--yes").Run()
	for _, columns := range []uint16{40, 80} {
		watch := n.command("status", "--watch")
		s := at(t, columns, watch)
		shown := s.reads(t, "Ctrl-C ends")
		if err := watch.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		s.reads(t, "")
		watch.Wait()
		shown += "\n" + at(t, columns, n.command("status")).reads(t, "")
		for line := range strings.SplitSeq(strings.ReplaceAll(shown, "\r\n", "\n"), "\n") {
			line = strings.NewReplacer("\x1b[K", "", "\x1b[H", "", "\x1b[J", "", "\x1b[?25l", "", "\x1b[?25h", "").Replace(line)
			if text.StringWidth(line) > int(columns) {
				t.Errorf("%q is wider than %d columns", line, columns)
			}
		}
		if whole := strings.Join(strings.Fields(strings.ReplaceAll(shown, "\x1b[K", "")), " "); strings.Count(whole,
			"+ 0 skipped + 0 unknown") != 2 {
			t.Errorf("%d columns: the sums are not whole twice:\n%s", columns, shown)
		}
	}
}

// TestDoctorIsReadOnANarrowTerminal: nothing is cut off, so that a hint can be typed.
func TestDoctorIsReadOnANarrowTerminal(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	n := newNewsroom(t, 0)
	for _, columns := range []uint16{40, 80} {
		shown := at(t, columns, n.command("doctor", "--offline")).reads(t, "")
		for line := range strings.SplitSeq(strings.ReplaceAll(shown, "\r\n", "\n"), "\n") {
			// What the progress showed was wiped out.
			line = line[strings.LastIndex(line, "\x1b[K")+1:]
			line = strings.TrimPrefix(line, "[K")
			// A path is not broken: it may be copied.
			if text.StringWidth(line) > int(columns) && len(strings.Fields(line)) > 1 {
				t.Errorf("%q is wider than %d columns", line, columns)
			}
		}
		if !strings.Contains(strings.Join(strings.Fields(shown), " "), `hint: "vesper dkim new" makes a key`) {
			t.Errorf("the hint is not whole:\n%s", shown)
		}
	}
}
