package digest

import "time"

// Opening is all that is entered at once when an edition is opened. After it
// the content is fixed: a run that goes on later renders nothing and asks no
// source.
type Opening struct {
	Edition Edition
	// Messages has one message for each variant.
	Messages []Message
	// WebView is the edition as a web page.
	WebView []byte
	// Kept are the editor's words that the book had when the edition was decided. If
	// it has others by now, nothing is opened.
	Kept Words
	// At is now: when the edition is opened and its deliveries are first due.
	At time.Time
}

// History is what the book knows of a slot's past.
type History struct {
	// Since is when the service was first started with this slot; zero if never.
	Since time.Time
	// CutOff and Date are those of the last printed edition; zero if none was.
	CutOff time.Time
	Date   Date
	// Days are those with a record: printed, empty or missed.
	Days map[Date]bool
}
