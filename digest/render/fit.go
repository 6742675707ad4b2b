package render

import (
	"cmp"
	"sort"

	"vesper/digest"
)

// MaxHTML is how large the HTML of an edition may be before it is trimmed, in
// bytes. Gmail cuts off what is past 102 kB, and the link to unsubscribe with it.
// The difference is room for what a reader's copy adds.
const MaxHTML = 90_000

// cuts says from which article on, counted from 0, an edition shows less.
type cuts struct {
	// looks is the first story without Quick Looks, stories the first brief.
	looks, stories int
}

// Trim is what an edition had to leave out to stay under [MaxHTML].
type Trim struct {
	// QuickLooks is how many stories lost their Quick Looks. Briefs is how many of
	// these, the last ones, are set in brief.
	QuickLooks, Briefs int
}

// whole cuts nothing but what the layout says.
func (r Renderer) whole(e digest.Edition) cuts {
	n := min(r.Layout.Lead+r.Layout.Stories, len(e.Articles))
	return cuts{looks: n, stories: n}
}

// fit trims an edition from its end until its HTML is small enough. First the Quick
// Looks go, those of the last story, of the one before it and so on; then the
// stories become briefs in the same order. The first lead stays as it is, even if
// the edition is still too large then.
func (r Renderer) fit(e digest.Edition) (cuts, Trim, error) {
	c := r.whole(e)
	n := max(c.stories-1, 0)
	after := func(steps int) cuts {
		return cuts{looks: c.looks - min(steps, n), stories: c.stories - max(steps-n, 0)}
	}
	var failed error
	fits := func(steps int) bool {
		html, err := r.execute(htmlPart, r.editionValues(e, footer{}, after(steps)))
		failed = cmp.Or(failed, err)
		return err != nil || len(html) <= MaxHTML
	}
	steps := 0
	if !fits(0) {
		// Each step makes it smaller, so a binary search finds the first that is enough.
		steps = sort.Search(2*n, fits)
	}
	t := Trim{Briefs: max(steps-n, 0)}
	for _, a := range e.Articles[c.looks-min(steps, n) : c.looks] {
		if len(lines(a.QuickLooks)) > 0 {
			t.QuickLooks++
		}
	}
	return after(steps), t, failed
}

// Trimmed says what an edition leaves out because of its size, and how large its
// HTML then is, in bytes, without what a reader's copy adds.
func (r Renderer) Trimmed(e digest.Edition) (t Trim, htmlBytes int, err error) {
	c, t, err := r.fit(e)
	if err != nil {
		return t, 0, err
	}
	html, err := r.execute(htmlPart, r.editionValues(e, footer{}, c))
	return t, len(html), err
}
