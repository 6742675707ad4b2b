package intake

import (
	"regexp"

	"vesper/digest"
)

// several are spaces that stand together between two words, or behind a full stop.
var several = regexp.MustCompile(`[^\s|]  +[^\s|]`)

// bullet is what a Quick Look begins with.
var bullet = regexp.MustCompile(`^\s*[-•*]\s+`)

// Spaces gives a flaw for the first lines of an article's text in which several spaces stand
// together. They do no harm: white space is folded, and readers see one.
func Spaces(name string, text []byte) (flaws []*digest.Flaw) {
	for i, l := range lineEnd.Split(string(text), -1) {
		if several.MatchString(bullet.ReplaceAllString(l, "")) && len(flaws) < maxFlaws {
			flaws = append(flaws, &digest.Flaw{
				File: name, Line: i + 1, Problem: "several spaces stand between two words", Hint: "readers see one: write one",
			})
		}
	}
	return flaws
}

// lineEnd is the end of a line, as files have it.
var lineEnd = regexp.MustCompile(`\r\n|\r|\n`)
