package digest

import (
	"cmp"
	"slices"
)

// Nearest gives the word that a mistyped one most likely means, or "" if none is
// near enough: at most two letters may differ, or half of them. Of words that are
// equally near it is the first of the alphabet.
func Nearest(word string, words []string) string {
	if len(words) == 0 {
		return ""
	}
	nearest := slices.MinFunc(words, func(a, b string) int {
		return cmp.Or(cmp.Compare(Distance(word, a), Distance(word, b)), cmp.Compare(a, b))
	})
	if Distance(word, nearest) > max(2, len(word)/2) {
		return ""
	}
	return nearest
}
