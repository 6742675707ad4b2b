package digest

import (
	"hash/maphash"
	"slices"
	"strings"
	"unicode"
)

// gist is what is compared of an article: three words on end each of its headline, summary,
// Quick Looks and first paragraphs, and the figures among them. It is each once, by its hash
// and in the order of the hashes. Where a script has no spaces between words it is five
// letters on end.
type gist struct {
	choice            *Choice
	shingles, figures []uint64
	// rareShingles and rareFigures are the rarest of them, so many that two that have half
	// in common have one of these in common; see [rare].
	rareShingles, rareFigures []uint64
	// feed and place are the numbers of its feed and of its place on the shelf.
	feed, place int32
}

var gistSeed = maphash.MakeSeed()

// read makes the gist of its article.
func (g *gist) read() {
	a := g.choice.Article
	texts := append([]string{a.Headline, a.Summary}, a.QuickLooks...)
	left := gistWords * lettersPerWord
	for _, text := range texts {
		left = g.add(text, left)
	}
	for _, b := range a.DeepLook {
		left = g.add(b.Text, left)
	}
	g.shingles, g.figures = set(g.shingles), set(g.figures)
}

// add adds the shingles of a text's words, or of letters, that stand on end, as far as there
// is room left for their letters, and gives the room that is left then.
func (g *gist) add(text string, left int) int {
	if left <= 0 {
		return left
	}
	for _, words := range runsOf(text) {
		left = g.addRun(words, left)
	}
	return left
}

func (g *gist) addRun(words run, left int) int {
	each, length := lettersPerWord, shingleWords
	if words.letters {
		each, length = 1, shingleLetters
	}
	all := words.parts[:min(max(left, 0)/each, len(words.parts))]
	for i, w := range all {
		if strings.ContainsFunc(w, unicode.IsDigit) {
			g.figures = append(g.figures, maphash.String(gistSeed, w))
		}
		if i+length <= len(all) {
			var h maphash.Hash
			h.SetSeed(gistSeed)
			for _, part := range all[i : i+length] {
				h.WriteString(part)
				h.WriteByte(' ')
			}
			g.shingles = append(g.shingles, h.Sum64())
		}
	}
	return left - each*len(all)
}

// set sorts the parts of a gist and drops what is in it twice.
func set(all []uint64) []uint64 {
	slices.Sort(all)
	return slices.Clip(slices.Compact(all))
}

// inBoth counts what two sets have in common.
func inBoth(a, b []uint64) (both int) {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			a, b, both = a[1:], b[1:], both+1
		}
	}
	return both
}

// tells says whether two articles that have a part of their shingles in common tell the same
// story.
func (g *gist) tells(other *gist, part float64) bool {
	return part >= sameStory && g.may(other) && (len(g.figures)+len(other.figures) == 0 ||
		share(inBoth(g.figures, other.figures), len(g.figures), len(other.figures)) >= sameFigures)
}

// may says whether two articles may tell the same story, whatever their words are.
func (g *gist) may(other *gist) bool {
	a, b := g.choice.Article, other.choice.Article
	// One under embargo has two times, and what has the same words may come between them.
	apart := max(a.Published.Sub(b.Time()), b.Published.Sub(a.Time()))
	return a.Feed != b.Feed && apart <= sameWithin && !updateOfSame(a, b)
}

// share is which part of two sets lies in both.
func share(both, a, b int) float64 { return float64(both) / float64(a+b-both) }
