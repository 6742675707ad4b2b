package digest

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"time"
	"unicode"
)

const (
	// shingleWords is how many words on end make a shingle.
	shingleWords = 3
	// shingleLetters is how many letters on end make one in a script without spaces, and
	// lettersPerWord how many letters there say about as much as a word.
	shingleLetters, lettersPerWord = 5, 3
	// gistWords is how many words of an article are compared, from its headline on, and
	// leastShingles how many shingles an article has at least that is like another.
	gistWords, leastShingles = 150, 12
	// sameStory is which part of the shingles of two articles both must have to tell the
	// same story, and sameFigures which part of their figures. In 127 real feeds no two
	// stories of different feeds with different addresses have more than 0.2 in common, and
	// one story in two feeds with its text has 0.4 to 1. Within one feed different ones
	// have up to 0.98.
	sameStory, sameFigures = 0.5, 0.5
	// sameWithin is how far apart they may be published.
	sameWithin = 72 * time.Hour
)

// gist is what is compared of an article: three words on end each of its headline, summary,
// Quick Looks and first paragraphs, and the figures among them. It is each once. Where a
// script has no spaces between words it is five letters on end.
type gist struct {
	choice            *Choice
	shingles, figures map[uint64]bool
}

var gistSeed = maphash.MakeSeed()

func gistOf(c *Choice) gist {
	g := gist{c, map[uint64]bool{}, map[uint64]bool{}}
	texts := append([]string{c.Article.Headline, c.Article.Summary}, c.Article.QuickLooks...)
	for _, b := range c.Article.DeepLook {
		texts = append(texts, b.Text)
	}
	left := gistWords * lettersPerWord
	for _, text := range texts {
		if left <= 0 {
			break
		}
		for _, words := range runsOf(text) {
			left = g.add(words, left)
		}
	}
	return g
}

// add adds the shingles of words, or of letters, that stand on end, as far as there is room
// left for their letters, and gives the room that is left then.
func (g gist) add(words run, left int) int {
	each, length := lettersPerWord, shingleWords
	if words.letters {
		each, length = 1, shingleLetters
	}
	all := words.parts[:min(max(left, 0)/each, len(words.parts))]
	for i, w := range all {
		if strings.ContainsFunc(w, unicode.IsDigit) {
			g.figures[maphash.String(gistSeed, w)] = true
		}
		if i+length <= len(all) {
			g.shingles[maphash.String(gistSeed, strings.Join(all[i:i+length], " "))] = true
		}
	}
	return left - each*len(all)
}

// leaveOutSameStories leaves one of the picked articles that tell the same story in nearly
// the same words, and none if one was printed or is under embargo: an agency's text in two
// feeds, or one that an editor wrote after a feed's. Two of one feed, or two that people
// wrote, are two: a column has the same words every day. What an editor pinned is printed,
// unless a story like it is under embargo.
func (call Call) leaveOutSameStories(choices []Choice) {
	var first time.Time
	for _, c := range choices {
		if c.Picked && (first.IsZero() || c.Article.Time().Before(first)) {
			first = c.Article.Time()
		}
	}
	var gists []gist
	for i := range choices {
		c := &choices[i]
		printed := c.Verdict == VerdictPrinted && !c.Article.Time().Before(first.Add(-sameWithin))
		if c.Picked || (printed || c.Verdict == VerdictEmbargo) && !first.IsZero() {
			if g := gistOf(c); len(g.shingles) >= leastShingles {
				gists = append(gists, g)
			}
		}
	}
	slices.SortFunc(gists, func(a, b gist) int {
		return cmp.Or(cmp.Compare(call.merit(*a.choice), call.merit(*b.choice)),
			a.choice.Article.Time().Compare(b.choice.Article.Time()), cmp.Compare(a.choice.Article.ID, b.choice.Article.ID))
	})
	having := map[uint64][]int{} // the gists that have a shingle, of those that are kept
	for i, g := range gists {
		common := map[int]int{}
		for s := range g.shingles {
			for _, k := range having[s] {
				common[k]++
			}
		}
		keep, part := -1, 0.0
		for k, n := range common {
			p := share(n, len(g.shingles), len(gists[k].shingles))
			if g.tells(gists[k], p) && (p > part || p == part && k < keep) {
				keep, part = k, p
			}
		}
		if keep >= 0 && g.choice.Picked && call.yields(*g.choice, *gists[keep].choice) {
			other := *gists[keep].choice
			verdict := VerdictCopy
			if other.Verdict == VerdictEmbargo {
				verdict = VerdictEmbargo // the embargo's end brings it back
			}
			g.choice.leaveOut(verdict, fmt.Sprintf("the same story as %q, because %.0f %% of their words are the same; "+
				"that one %s", other.Article.ID, 100*part, call.meritOf(other)))
			g.choice.Twin = other.Article.ID
			continue
		}
		for s := range g.shingles {
			having[s] = append(having[s], i)
		}
	}
}

// tells says whether two articles that have a part of their shingles in common tell the same
// story.
func (g gist) tells(other gist, part float64) bool {
	a, b := g.choice.Article, other.choice.Article
	// One under embargo has two times, and what has the same words may come between them.
	apart := max(a.Published.Sub(b.Time()), b.Published.Sub(a.Time()))
	if part < sameStory || a.Feed == b.Feed || apart > sameWithin || updateOfSame(a, b) {
		return false
	}
	both := 0
	for f := range g.figures {
		if other.figures[f] {
			both++
		}
	}
	return len(g.figures)+len(other.figures) == 0 || share(both, len(g.figures), len(other.figures)) >= sameFigures
}

// share is which part of two sets lies in both.
func share(both, a, b int) float64 { return float64(both) / float64(a+b-both) }

// Merits order those that tell the same story: the first is kept.
const (
	wasPrinted = iota
	underEmbargo
	isPinned
	wroteHere
	withQuickLooks
	withText
	isOlder
)

func (call Call) merit(c Choice) int {
	switch {
	case c.Verdict == VerdictEmbargo:
		return underEmbargo
	case !c.Picked:
		return wasPrinted
	case slices.Contains(call.Pins, c.Article.ID):
		return isPinned
	case c.Article.Feed == "":
		return wroteHere
	case len(c.Article.QuickLooks) > 0:
		return withQuickLooks
	case len(c.Article.DeepLook) > 0:
		return withText
	}
	return isOlder
}

// yields says whether a picked article is left out for one that tells the same story.
func (call Call) yields(c, keep Choice) bool {
	return call.merit(c) != isPinned || keep.Verdict == VerdictEmbargo
}

// meritOf says why one is kept.
func (call Call) meritOf(c Choice) string {
	if c.Verdict == VerdictEmbargo {
		return "waits: " + c.Reason
	}
	return [...]string{
		wasPrinted: "was printed", isPinned: "is pinned", wroteHere: "was written here",
		withQuickLooks: "has Quick Looks", withText: "has its text", isOlder: "is older",
	}[call.merit(c)]
}
