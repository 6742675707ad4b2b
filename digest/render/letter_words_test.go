package render

import (
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/whole"
	"vesper/templates"
)

// TestNoLetterSaysAWordTwiceInARow: a time of day brings its own preposition in some
// languages, and the sentence around it must not have another.
func TestNoLetterSaysAWordTwiceInARow(t *testing.T) {
	whole.NotRaced(t)
	for _, language := range templates.BuiltIn().Languages() {
		p, title := SpecimenPublication(language)
		for _, clock := range []time.Duration{0, time.Hour, 12 * time.Hour, 18*time.Hour + 42*time.Minute} {
			r, to := Renderer{Publication: p}, recipient(t)
			to.Slot.Title = title
			to.Expires = time.Date(2026, 11, 1, 0, 0, 0, 0, r.zone()).Add(clock)
			to.Move, to.Stay, to.Elsewhere = "m", "n", "i•••@n•••.example"
			wrote := letters(r)
			wrote[digest.Move], wrote[digest.Moved] = r.Move, r.Moved
			for kind, write := range wrote {
				l, err := write(to)
				if err != nil {
					t.Fatal(err)
				}
				before := ""
				for _, word := range strings.Fields(open(t, l.Bytes).text) {
					if word == before && strings.ContainsFunc(word, func(c rune) bool { return c != '-' }) {
						t.Errorf("%s in %s says %q twice", kind, language, word)
					}
					before = word
				}
			}
		}
	}
}
