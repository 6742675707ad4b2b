package digest

import "time"

// FirstWindow is how far back the very first edition of a slot reaches.
const FirstWindow = 24 * time.Hour

// fileTick is how far a file's own time may lag the clock: a cut-off is a whole
// second, and file systems stamp files with the time of the last timer tick.
const fileTick = 2 * time.Second

// Window is the half-open span [From, To) of the articles of an edition.
type Window struct{ From, To time.Time }

// WindowAt gives the window that ends at cutOff: it starts at the cut-off of
// the slot's last printed edition (zero when none was printed) and is at most
// maxAge long.
func WindowAt(last, cutOff time.Time, maxAge time.Duration) Window {
	from := last
	if last.IsZero() {
		from = cutOff.Add(-FirstWindow)
	}
	if oldest := cutOff.Add(-maxAge); maxAge > 0 && from.Before(oldest) {
		from = oldest
	}
	return Window{From: from, To: cutOff}
}

// before says whether the story's time lies before the window.
func (w Window) before(a Article) bool { return a.Time().Before(w.From) }

// justBefore says whether an article may still belong to the window although its
// file's time lies before it: it gets a tick's benefit of the doubt.
func (w Window) justBefore(a Article) bool {
	return a.FileTime && !a.Time().Before(w.From.Add(-fileTick))
}

// after says whether the article comes after the cut-off.
func (w Window) after(a Article) bool { return !a.Time().Before(w.To) }
