package main

import (
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
)

// TestDoctorIsReadOnANarrowTerminal: nothing is cut off, so that a hint can be typed.
func TestDoctorIsReadOnANarrowTerminal(t *testing.T) {
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
