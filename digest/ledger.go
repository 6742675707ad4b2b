package digest

import (
	"errors"
	"math"
	"time"
)

// State is where an edition stands.
type State string

// The states of an edition. Those from Open on have a ledger.
const (
	Due       State = "due"
	Held      State = "held"
	Empty     State = "empty"
	Missed    State = "missed"
	Open      State = "open"
	Sending   State = "sending"
	Paused    State = "paused"
	Done      State = "done"
	Cancelled State = "cancelled"
)

// Opened says whether an edition in this state has a ledger.
func (s State) Opened() bool {
	switch s {
	case Open, Sending, Paused, Done, Cancelled:
		return true
	}
	return false
}

// CrashLoop is the reason of an edition paused because its runs began time and
// again and none came to an orderly end or got anything done.
const CrashLoop = "crash loop"

// Step is where one delivery stands.
type Step string

// The steps of a delivery: two on the way and five at the end.
const (
	Pending    Step = "pending"
	Attempting Step = "attempting"
	Sent       Step = "sent"
	Failed     Step = "failed"
	Expired    Step = "expired"
	Skipped    Step = "skipped"
	Unknown    Step = "unknown"
)

// Tally counts an edition's deliveries by step.
type Tally struct {
	// Opened is how many the edition was opened with.
	Opened int
	Sent   int
	Failed int
	// Expired were deferred until it made no sense any more.
	Expired int
	// Skipped left, or were taken off, before their turn came.
	Skipped int
	// Unknown may or may not have been delivered (policy hold).
	Unknown    int
	Pending    int
	Attempting int
	// PossibleDuplicates counts the repeats after an outcome in doubt; each is
	// also counted in the step its delivery has reached.
	PossibleDuplicates int
}

// Balanced says whether the equation holds: every recipient with whom the
// edition was opened is in exactly one step.
func (t Tally) Balanced() bool {
	return t.Opened == t.Sent+t.Failed+t.Expired+t.Skipped+t.Unknown+t.Pending+t.Attempting
}

// Owed is how many deliveries are not at their end.
func (t Tally) Owed() int { return t.Pending + t.Attempting }

// Record is an edition as the book has it.
type Record struct {
	ID     ID
	Number uint32
	Title  string
	State  State
	// Reason says why, for an edition that is held, empty, missed or paused.
	Reason string
	// CutOff is the end of the window; zero for an edition not opened.
	CutOff           time.Time
	OpenedAt, DoneAt time.Time
	Tally            Tally
}

// Opening is all that is entered at once when an edition is opened. After it
// the content is fixed: a run that goes on later renders nothing and asks no
// source.
type Opening struct {
	Edition Edition
	// Messages has one message for each variant.
	Messages []Message
	// WebView is the edition as a web page.
	WebView []byte
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

// Range is a part of an edition's ledger: its deliveries with Low <= subscriber
// <= High.
type Range struct {
	Edition   uint32
	Low, High int64
}

// Whole is an edition's whole ledger; with 0, the outbox.
func Whole(edition uint32) Range { return Range{Edition: edition, High: math.MaxInt64} }

// Settlement is how a delivery's row changes after an attempt.
type Settlement struct {
	Step Step
	// At is now; Due is when a Pending delivery is owed again.
	At, Due time.Time
	// Outcome is kept with the row.
	Outcome Outcome
	// Counted says that the attempt counts against the reader's retries.
	Counted bool
	// Doubted says that the message may have been delivered and is sent again.
	Doubted bool
}

// LetterKind is what a letter is for.
type LetterKind string

// The kinds of letters. A proof and a report go to the desk, the others to the
// reader whom they are about.
const (
	Confirmation LetterKind = "confirmation"
	Welcome      LetterKind = "welcome"
	Goodbye      LetterKind = "goodbye"
	Proof        LetterKind = "proof"
	Report       LetterKind = "report"
)

// Letter is a message to one person that is no edition. It waits in the outbox
// and is sent by the rules of the ledger.
type Letter struct {
	Kind LetterKind
	// Address is the recipient's mailbox, ReturnPath the envelope sender (empty:
	// the null one, RFC 5321 4.5.5).
	Address, ReturnPath string
	// Bytes is the whole message with CRLF line ends. A repeat is the same bytes.
	Bytes []byte
}

// ErrExists says that an edition with this ID has been opened already: the
// lock against double firing, restarts and two processes.
var ErrExists = errors.New("the edition is open already")

// ErrNotFound says that what was asked for is not there.
var ErrNotFound = errors.New("not found")

// ErrNobody says that an edition would have no recipient.
var ErrNobody = errors.New("no active subscriber wants it")

// ErrBehind says that the book is older than what was sent from here: it was
// put back from a backup, or copied. Sending from it would repeat editions.
var ErrBehind = errors.New("the database is older than what was sent from here")

// ErrUnbalanced says that an edition's deliveries do not add up, or that some
// are still owed.
var ErrUnbalanced = errors.New("the ledger does not add up")
