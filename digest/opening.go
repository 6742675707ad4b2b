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
	// Pins are the slot's pins, likewise.
	Pins []string
	// Before is the slot's last paper number when the edition was decided, likewise: one
	// that was opened meanwhile may have the number that this one prints.
	Before uint32
	// Signing is how its messages are signed; zero if they aren't.
	Signing Signing
	// Looks are what it decided about the articles on the desk: all that is new since
	// the slot's edition before.
	Looks []Look
	// At is now: when the edition is opened and its deliveries are first due, unless Due
	// is later.
	At, Due time.Time
	// Waves are the time zones whose readers' deliveries are first due later than all others.
	Waves map[string]time.Time
	// Until is for how long after that they may be begun, in whole seconds.
	Until time.Duration
}

// Begins is when the first of its deliveries are due.
func (o Opening) Begins() time.Time {
	if o.Due.After(o.At) {
		return o.Due
	}
	return o.At
}

// History is what the book knows of a slot's past.
type History struct {
	// Since is when the service was first started with this slot; zero if never.
	Since time.Time
	// Changed is when the service first ran with the timetable that the slot has, and Former
	// is the one before: empty is no days. Zero is that nothing of this is known.
	Changed time.Time
	Former  string
	// CutOff is the latest cut-off of a printed edition that is not to come; zero if
	// there is none.
	CutOff time.Time
	// Recorded says that the edition of this cut-off recorded what it looked at: those
	// that were opened by older versions did not.
	Recorded bool
	// PaperNumber is the highest that the slot's editions have; 0 if none has one.
	PaperNumber uint32
	// Days are those with a record, and in which state. That a day was empty or missed
	// counts for nothing where it was recorded later than now: the clock was wrong.
	Days map[Date]State
}

// Ahead is how many days an edition may be printed before its own. One that is
// further off was a slip of the pen or of a clock: the days before it have editions
// of their own all the same.
const Ahead = 3

// Open says whether a day is still to be decided: the book has nothing of it, or that it is
// held.
func (h History) Open(day Date) bool { return h.Days[day] == "" || h.Days[day] == Held }

// Last gives the day of the last printed edition, as seen from today; the zero Date
// if none was. An edition that is further ahead counts only for days as far.
func (h History) Last(today, day Date) Date {
	var last Date
	limit := today.AddDays(Ahead)
	for d, state := range h.Days {
		if state.Opened() && d.Compare(last) > 0 && (d.Compare(limit) <= 0 || day.Compare(limit) > 0) {
			last = d
		}
	}
	return last
}

// NextNumber gives the paper number of the slot's next edition. First is the number that
// the slot was told to begin with; one that was reached or passed before says nothing more:
// numbers never go back.
func (h History) NextNumber(first uint32) uint32 { return max(h.PaperNumber+1, first) }
