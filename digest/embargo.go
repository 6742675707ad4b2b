package digest

import "time"

// Time is the story's time: it decides the article's edition and its place there. It is
// when the article was published or, if that is later, when its embargo ends.
func (a Article) Time() time.Time {
	if a.Embargo.After(a.Published) {
		return a.Embargo
	}
	return a.Published
}

// embargoed says whether the article's embargo has not ended before the cut-off.
func (w Window) embargoed(a Article) bool { return !a.Embargo.IsZero() && !a.Embargo.Before(w.To) }

// untilWhen says when an article's embargo ends, in the zone of the window.
func (w Window) untilWhen(a Article) string {
	return "embargo until " + instant(a.Embargo.In(w.To.Location()))
}
