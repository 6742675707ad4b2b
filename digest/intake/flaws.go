package intake

import (
	"strings"

	"vesper/digest"
)

// maxFlaws is how many flaws of one file are named at most. A file with more is
// probably no article at all.
const maxFlaws = 10

// Flaws is what is wrong with one file: one flaw to ten. Those of the file as a whole
// come first, the others in the order of their lines.
type Flaws []*digest.Flaw

// Error gives the flaws one a line, each as "file:line: problem".
func (f Flaws) Error() string {
	all := make([]string, len(f))
	for i, flaw := range f {
		all[i] = flaw.Error()
	}
	return strings.Join(all, "\n")
}

// Unwrap gives each flaw, so that errors.As finds the first *digest.Flaw.
func (f Flaws) Unwrap() []error {
	all := make([]error, len(f))
	for i, flaw := range f {
		all[i] = flaw
	}
	return all
}
