package digest

import (
	"slices"
	"strings"
)

// Alike is what all machines of a house must have alike: a fingerprint for each part of the
// configuration, by its name. Those of two houses say nothing of each other.
type Alike string

// With gives a with a part's fingerprint. Neither has a blank nor "=" in it.
func (a Alike) With(part, fingerprint string) Alike {
	if a != "" {
		a += " "
	}
	return a + Alike(part+"="+fingerprint)
}

// Differs gives the parts in which two machines differ. What one of them, of another version, does
// not know is no difference.
func (a Alike) Differs(other Alike) (parts []string) {
	theirs := strings.Fields(string(other))
	for _, ours := range strings.Fields(string(a)) {
		part, _, _ := strings.Cut(ours, "=")
		known := func(s string) bool { return strings.HasPrefix(s, part+"=") }
		if slices.ContainsFunc(theirs, known) && !slices.Contains(theirs, ours) {
			parts = append(parts, part)
		}
	}
	return parts
}
