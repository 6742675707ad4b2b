package intake

import (
	"strings"

	"vesper/digest"
)

// maxFlaws is how many flaws of one file are worth naming: after ten it is some
// other kind of file.
const maxFlaws = 10

// Flaws is what is wrong with one file: at least one flaw and at most ten, those
// of the file as a whole first, the others in the order of their lines.
type Flaws []*digest.Flaw

// Error gives the flaws one a line, each as "file:line: problem".
func (f Flaws) Error() string {
	all := make([]string, len(f))
	for i, flaw := range f {
		all[i] = flaw.Error()
	}
	return strings.Join(all, "\n")
}

// Unwrap lets errors.As find the first *digest.Flaw.
func (f Flaws) Unwrap() []error {
	all := make([]error, len(f))
	for i, flaw := range f {
		all[i] = flaw
	}
	return all
}
