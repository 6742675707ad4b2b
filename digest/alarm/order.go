package alarm

import (
	"cmp"
	"slices"
	"time"

	"vesper/digest"
)

// inOrder gives words in the order in which they are told: of the worst kind first, and of
// a kind that which something was heard of last. What is of one thing stays as it is, the
// oldest first: nobody hears that it is over before they hear that it began.
func inOrder(words []digest.AlarmWord) []digest.AlarmWord {
	kinds := digest.AlarmKinds()
	rank := func(k digest.AlarmKind) int {
		if i := slices.Index(kinds, k); i >= 0 {
			return i
		}
		return len(kinds)
	}
	newest := map[key]time.Time{}
	for _, w := range words {
		if k := keyOf(w.Alarm); w.Began.After(newest[k]) {
			newest[k] = w.Began
		}
	}
	slices.SortStableFunc(words, func(a, b digest.AlarmWord) int {
		return cmp.Or(cmp.Compare(rank(a.Kind), rank(b.Kind)), newest[keyOf(b.Alarm)].Compare(newest[keyOf(a.Alarm)]),
			cmp.Compare(a.About, b.About))
	})
	return words
}
