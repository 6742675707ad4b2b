package returns

import (
	_ "embed"
	"strings"
	"sync"

	"vesper/subscribers"
)

//go:embed hints.tsv
var hintsText string

// Hint is what an admin can do where a server refuses us.
type Hint struct {
	// Do says it in a sentence; Source is where that is said.
	Do, Source string
}

// hint is a line of hints.tsv.
type hint struct {
	status, words string
	cause         subscribers.Cause
	Hint
}

var hints = sync.OnceValue(func() []hint {
	var all []hint
	for line := range strings.Lines(hintsText) {
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		cells := strings.Split(line, "\t")
		if len(cells) != 5 {
			panic("hints.tsv: not five cells: " + line)
		}
		all = append(all, hint{cells[0], cells[1], subscribers.Cause(cells[2]), Hint{cells[3], cells[4]}})
	}
	return all
})

// HintFor gives what to do about a report of the class sender. Of another it is the zero
// Hint.
func HintFor(r subscribers.Report) Hint {
	if r.Class != subscribers.ClassSender {
		return Hint{}
	}
	said := strings.ToLower(r.Diagnostic)
	for _, h := range hints() {
		fits := h.status == "" || h.status == r.Status ||
			strings.HasSuffix(h.status, ".") && strings.HasPrefix(r.Status, h.status)
		if fits && strings.Contains(said, h.words) && (h.cause == "" || h.cause == r.Cause) {
			return h.Hint
		}
	}
	return Hint{}
}
