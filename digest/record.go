package digest

import "time"

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

// UnderWay says whether an edition in this state is opened and not over.
func (s State) UnderWay() bool { return s == Open || s == Sending || s == Paused }

// Pause is the kind of a pause: who or what stopped the edition decides who can
// let it go on. The reason beside it is for people and decides nothing.
type Pause string

// The kinds of pauses. A relay's pause ends by itself when a probe is taken, and a crash
// loop when one is survived; that of the desk waits for somebody's word.
const (
	// PausedAccount: the relay refuses us, whatever we send.
	PausedAccount Pause = "account"
	// PausedMessage: the relay refuses this message.
	PausedMessage Pause = "message"
	// PausedCrashLoop: runs of the edition began time and again, and none came to
	// an orderly end or got anything done.
	PausedCrashLoop Pause = "crash loop"
	// PausedDesk: somebody stopped it.
	PausedDesk Pause = "desk"
)

// ByRelay says whether the relay caused the pause.
func (p Pause) ByRelay() bool { return p == PausedAccount || p == PausedMessage }

// Record is an edition as the book has it, without its sums: see [Tallied].
type Record struct {
	ID ID
	// Number is the ledger's, over all slots; PaperNumber the one that the paper prints,
	// which is 0 for a day without a paper. Both are explained at [Edition].
	Number      uint32
	PaperNumber uint32
	Title       string
	State       State
	// Pause is the kind of the pause of a paused edition, empty for every other.
	Pause Pause
	// Reason says why, for an edition that is held, empty, missed or paused, and for
	// one that is sending what it waits for.
	Reason string
	// MissedFrom is the first of several days on end that were missed, of which the
	// ID names the last; the zero Date for a single day.
	MissedFrom Date
	// CutOff is the end of the window; zero for an edition not opened.
	CutOff           time.Time
	OpenedAt, DoneAt time.Time
	// DueAt is when the deliveries of an edition that was opened ahead of its time are
	// first due; zero for any other, whose are from OpenedAt on.
	DueAt time.Time
	// LastDueAt is when the last deliveries of an edition in waves are first due; zero for any
	// other.
	LastDueAt time.Time
	// Recovered counts the messages that were under way when a run died.
	Recovered int
	// Until is for how long after it is first due a delivery may be begun. The time
	// for which a person paused the edition does not count: that is Stood. A pause of
	// now began at PausedAt.
	Until, Stood time.Duration
	PausedAt     time.Time
	// RanAt is when a run of it last began or came to an orderly end; zero for never.
	RanAt time.Time
	// CancelAt is when somebody cancelled it after it was opened: it is paused while any of
	// it is on the wire, and cancelled then. It is the zero time for any other.
	CancelAt time.Time
	// Signing is what the edition was opened to be signed with; zero if nothing was.
	Signing Signing
}

// Begins is when the first message of an opened edition may leave.
func (r Record) Begins() time.Time {
	if r.DueAt.IsZero() {
		return r.OpenedAt
	}
	return r.DueAt
}

// LastBegins is when the last wave of an opened edition may leave: as Begins, where it goes to
// all at once.
func (r Record) LastBegins() time.Time {
	if r.LastDueAt.After(r.Begins()) {
		return r.LastDueAt
	}
	return r.Begins()
}

// Frozen says whether an edition is opened, and none of its messages may leave yet. It may
// be paused beside.
func (r Record) Frozen(now time.Time) bool { return r.State.UnderWay() && r.DueAt.After(now) }

// Ahead says whether an edition was opened ahead of its time, and no run of it has begun,
// whether or not it was paused meanwhile.
func (r Record) Ahead() bool { return r.State.UnderWay() && !r.DueAt.IsZero() && r.RanAt.IsZero() }

// Ends is when the edition is too old to be sent to anybody, seen from now; zero for one that
// is not opened.
func (r Record) Ends(now time.Time) time.Time {
	if r.OpenedAt.IsZero() {
		return time.Time{}
	}
	ends := r.LastBegins().Add(r.Until + r.Stood)
	if r.Pause != PausedDesk || r.PausedAt.IsZero() {
		return ends
	}
	// Before its time nothing could have been begun.
	from := r.PausedAt
	if r.Begins().After(from) {
		from = r.Begins()
	}
	return ends.Add(max(0, now.Sub(from)))
}

// TooOld says whether the edition is too old to be sent at now.
func (r Record) TooOld(now time.Time) bool { return !now.Before(r.Ends(now)) }

// Took is how long an edition took, from when its last wave could leave until it was done; 0 for
// one that is not done.
func (r Record) Took() time.Duration {
	if r.OpenedAt.IsZero() || r.DoneAt.IsZero() {
		return 0
	}
	return max(0, r.DoneAt.Sub(r.LastBegins()))
}

// Tallied is a record with its sums, both of one moment. To count a million rows
// takes a second, so it is only asked for where somebody looks at the sums. Those
// of a finished edition are stored with it.
type Tallied struct {
	Record
	Tally Tally
}

// Unfinished is an opened edition that is not done: one to work on, or a paused
// one.
type Unfinished struct {
	Record
	// Next is when its next pending delivery is due; zero: none is pending.
	Next time.Time
}

// Tally counts an edition's deliveries by step.
type Tally struct {
	// Opened is how many the edition was opened with.
	Opened int
	Sent   int
	Failed int
	// Expired were deferred for too long, or not begun before the edition was too old.
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

// DomainTally is what became of an edition's deliveries at one domain.
type DomainTally struct {
	// Domain is in ASCII; empty for readers who have been erased since.
	Domain string
	Tally  Tally
}
