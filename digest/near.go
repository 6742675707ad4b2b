package digest

import (
	"cmp"
	"fmt"
	"slices"
	"time"
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
	var gists []*gist
	for i := range choices {
		c := &choices[i]
		printed := c.Verdict == VerdictPrinted && !c.Article.Time().Before(first.Add(-sameWithin))
		if c.Picked || (printed || c.Verdict == VerdictEmbargo) && !first.IsZero() {
			gists = append(gists, &gist{choice: c})
		}
	}
	gists = rarest(gists)
	slices.SortFunc(gists, func(a, b *gist) int {
		return cmp.Or(cmp.Compare(call.merit(*a.choice), call.merit(*b.choice)),
			a.choice.Article.Time().Compare(b.choice.Article.Time()), cmp.Compare(a.choice.Article.ID, b.choice.Article.ID))
	})
	kept := shelf{byShingle: index{}, byFigure: index{}}
	for _, g := range gists {
		keep, part := kept.nearest(g)
		if keep != nil && g.choice.Picked && call.yields(*g.choice, *keep.choice) {
			other := *keep.choice
			verdict := VerdictCopy
			if other.Verdict == VerdictEmbargo {
				verdict = VerdictEmbargo // the embargo's end brings it back
			}
			g.choice.leaveOut(verdict, fmt.Sprintf("the same story as %q, because %.0f %% of their words are the same; "+
				"that one %s", other.Article.ID, 100*part, call.meritOf(other)))
			g.choice.Twin = other.Article.ID
			continue
		}
		kept.put(g)
	}
}

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
