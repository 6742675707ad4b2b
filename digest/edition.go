package digest

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Date is a local calendar day, without a time or a zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf gives the day that t falls on in its own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads a day written as 2026-11-22.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date like 2026-11-22", s)
	}
	return DateOf(t), nil
}

// String gives the day as 2026-11-22.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// AddDays gives the day n days later, or earlier when n is negative.
func (d Date) AddDays(n int) Date {
	return DateOf(time.Date(d.Year, d.Month, d.Day+n, 0, 0, 0, 0, time.UTC))
}

// Compare gives -1, 0 or +1 as d lies before, on or after e.
func (d Date) Compare(e Date) int {
	return d.In(time.UTC).Compare(e.In(time.UTC))
}

// In gives noon of the day in loc: an instant that is on this day whatever
// daylight-saving time does.
func (d Date) In(loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, loc)
}

// ID is what an edition is: its local date, its slot and its sequence on that
// day. It never depends on when a timer fired.
type ID struct {
	Date Date
	Slot string
	// Sequence is 1, or 2 and more for corrections.
	Sequence int
}

var idForm = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})-([a-z][a-z0-9]*)(?:-([1-9][0-9]{0,3}))?$`)

// SlotName is the form of a slot's name.
var SlotName = regexp.MustCompile(`^[a-z][a-z0-9]{0,31}$`)

// ParseID reads an ID written as 2026-11-22-evening or 2026-11-22-evening-2.
func ParseID(s string) (ID, error) {
	m := idForm.FindStringSubmatch(s)
	if m == nil {
		return ID{}, fmt.Errorf("%q is not an edition ID like 2026-11-22-evening", s)
	}
	date, err := ParseDate(m[1])
	if err != nil {
		return ID{}, fmt.Errorf("%q is not an edition ID: %w", s, err)
	}
	id := ID{Date: date, Slot: m[2], Sequence: 1}
	if m[3] != "" {
		if id.Sequence, err = strconv.Atoi(m[3]); err != nil || id.Sequence < 2 {
			return ID{}, fmt.Errorf("%q is not an edition ID: sequences after the first are 2, 3 …", s)
		}
	}
	return id, nil
}

// String gives the ID as 2026-11-22-evening, with -2, -3 … for corrections.
func (id ID) String() string {
	if id.Sequence > 1 {
		return fmt.Sprintf("%s-%s-%d", id.Date, id.Slot, id.Sequence)
	}
	return fmt.Sprintf("%s-%s", id.Date, id.Slot)
}

// Instead is what becomes of an evening on which no edition would be sent.
type Instead string

// What may become of it.
const (
	// Fold leaves its stories to the next edition.
	Fold Instead = "fold"
	// Skip passes its stories over: no later edition prints them, unless they are pinned.
	Skip Instead = "skip"
	// Send sends it all the same.
	Send Instead = "send"
)

// Slot is a daily edition that the publication prints, as configured.
type Slot struct {
	// Name is the short name in IDs ("evening"), Title what readers see.
	Name, Title string
	// Schedule is a cron specification in the publication's time zone; empty for a slot
	// that is sent by hand alone.
	Schedule string
	// Except are days on which there is no edition although the schedule has one.
	Except []Date
	// MinArticles is how many make an edition; MaxArticles is how many it takes.
	MinArticles, MaxArticles int
	// BelowMin is what becomes of an evening with fewer, but some; empty is Fold.
	BelowMin Instead
	// MaxPerSection is how many articles of one section it takes; 0 is no limit.
	MaxPerSection int
	// Grace is how long after its time an edition may still go out. Late is what becomes of
	// one that could not; empty is Fold.
	Grace time.Duration
	Late  Instead
	// Until is for how long after its opening its messages may be begun. 0 is until the
	// slot's next edition: at most a day, and no less than a deferred one is tried.
	Until time.Duration
	// MaxAge bounds the window: no older articles, however long the pause.
	MaxAge time.Duration
	// CarryOver brings back what did not fit into an edition, until it is too old.
	CarryOver bool
	// FinishBy is when the last reader is to be served, as "18:30" in the publication's
	// time zone; empty is whenever that is.
	FinishBy string
	// Freeze is how long before its time an edition is opened; 0 is at its time.
	Freeze time.Duration
	// FirstNumber is the paper number to begin with, of a paper that is older than its
	// book; 0 is 1.
	FirstNumber uint32
	// ProofBefore is how long before its time an edition is mailed to the desk as a proof; 0
	// is not at all. NeedsApproval has it go only as somebody approved it.
	ProofBefore   time.Duration
	NeedsApproval bool
	// Wave is WaveSubscriber, or empty. Quiet are the hours, in a reader's time zone, in which
	// nobody gets what was due earlier.
	Wave  string
	Quiet Quiet
}

// Edition is what one slot of one day prints.
type Edition struct {
	ID ID
	// Number is the ledger's: it counts opened editions over all slots, 1, 2, 3 … It is
	// given when the edition is opened, never reused, 0 before, and no reader sees it.
	Number uint32
	// PaperNumber is what the paper prints as "No. 214": one more at each edition of the
	// slot that appears. A correction has its edition's. 0 prints none.
	PaperNumber uint32
	// Title is the slot's title on that day ("Evening Edition").
	Title string
	// Window is the time whose articles it prints.
	Window Window
	// Next is when the slot's next edition arrives; zero when that is unknown.
	Next time.Time
	// Articles stand in print order, the lead first.
	Articles []Article
	// Tomorrow is what the next day brings; zero for nothing.
	Tomorrow Tomorrow
	// Correction is what it puts right; zero for an edition that is none.
	Correction Correction `json:",omitzero"`
	// Subject is an editor's, instead of the lead's headline; Note is a word of
	// theirs to the readers, above the articles. Both may be empty.
	Subject, Note string
}

// Printed is an edition of the past, as a list of them shows it.
type Printed struct {
	ID ID
	// PaperNumber is what it was printed with; 0 for none.
	PaperNumber uint32
	// Title is the edition's, Subject that of its email: its lead's headline.
	Title, Subject string
	// At is when it appeared, before it was corrected.
	At time.Time
	// CorrectedAt is when it was last corrected; zero for never. The ID is then that of the
	// correction.
	CorrectedAt time.Time
}

// Publication is whose edition it is: what every email and page says of its
// sender.
type Publication struct {
	Name string
	// From is the author's mailbox as an address with a display name
	// (RFC 5322 3.6.2), ReplyTo where answers go (empty: to From).
	From, ReplyTo string
	// Rhythm is how often a reader gets mail at most.
	Rhythm Rhythm
	// Unlisted keeps past editions out of lists and search engines: readers have the link
	// to theirs.
	Unlisted bool
	// URL is the publication's own site, PrivacyURL its page on what it keeps of its
	// readers and why (empty: none is shown).
	URL, PrivacyURL string
	// PostalAddress stands in every footer: the law asks for it.
	PostalAddress string
	// Language is a BCP 47 tag.
	Language string
	// Zone is the time zone of dates and schedules.
	Zone *time.Location
	// BaseURL is where readers' links lead, without a final slash.
	BaseURL string
	// ArticleURL makes a URL for articles that carry none: "{slug}" stands for
	// the headline's slug. Empty: the web pages serve the article themselves.
	ArticleURL string
}
