package subscribers

import (
	"errors"
	"slices"
	"time"
)

// Facts are all that the rules look at: a reader as the store knows them. An
// address without a row has the ID 0 and no status. What stands against it, and the
// confirmation letters that it was sent, are there all the same.
type Facts struct {
	Subscriber
	// Invited is when the last confirmation letter was posted to an unconfirmed reader
	// whose answer we wait for. It is zero for all others.
	Invited time.Time
	// Confirmations are the confirmation letters of the last 30 days, the oldest
	// first.
	Confirmations []Confirmation
	// Elsewhere are those to other spellings of the same mailbox: see [Address.Box].
	Elsewhere []Confirmation
}

// Confirmation is a confirmation letter that was posted to an address.
type Confirmation struct {
	SentAt time.Time
	// AskedFrom is the IP address of whoever asked, "" once the link is dead.
	AskedFrom string
	// Form is the version of the form that was filled in; "" is none, or not known.
	Form string
	// Used says that the link does nothing any more: it was used, or the reader
	// left after it was sent.
	Used bool
	// Answered says that the reader confirmed, by this letter or a later one.
	Answered bool
	// Once says that it is the one letter of [Asking.Once]. It is remembered for ever.
	Once bool
}

// Change is what a word for or against a reader comes to. A store writes it in one
// transaction. Where nothing but After is set, there is nothing to write.
type Change struct {
	// After is the reader after the change. Enter and Update say what of it is written.
	After Facts
	// Enter makes a row of After. A row without a public ID is given a random one.
	Enter bool
	// Update writes to the row what a word can change: the status, its reason, the
	// times Confirmed, Left and Invited, and the consent.
	Update bool
	// Sent is the confirmation letter that counts from now on; the zero value is
	// none.
	Sent Confirmation
	// Bar are reasons that stand against the address from Since on, Lift those that
	// don't any more.
	Bar   []string
	Since time.Time
	Lift  []string
	// Void marks all confirmations of the address as used.
	Void bool
	// Answered marks all confirmations of the address as answered.
	Answered bool
	// Skip is the reason with which everything that waits for the reader is skipped,
	// deliveries and letters, but not a goodbye. "" skips nothing.
	Skip Status
	// Changed is what the caller is told: whether the word made a difference.
	Changed bool
}

// ErrMeanwhile says that a reader changed between the moment when the rules said
// yes and the moment when it was to be written. Nothing was written; the caller
// begins anew.
var ErrMeanwhile = errors.New("the reader was changed meanwhile")

// OwedGoodbye says whether a reader who is removed may be sent a goodbye: an
// active one alone.
func (s Subscriber) OwedGoodbye() bool { return s.Status == Active }

// barredByOthers says whether anything stands against the address that its reader
// can't lift.
func (s Facts) barredByOthers() bool { return slices.ContainsFunc(s.Suppressions, Liftable) }

// unused says whether a confirmation is on its way, however old it is.
func (s Facts) unused() bool {
	return slices.ContainsFunc(s.Confirmations, func(c Confirmation) bool { return !c.Used })
}

// newAgainst gives those of the reasons that don't stand against the address yet.
func (s Facts) newAgainst(reasons []string) []string {
	var all []string
	for _, r := range reasons {
		if !slices.Contains(s.Suppressions, r) {
			all = append(all, r)
		}
	}
	return all
}

// with gives what stands against the address once these reasons do.
func (s Facts) with(reasons []string) []string {
	return ByGravity(append(slices.Clone(s.Suppressions), reasons...))
}

// answered gives the confirmations with each of them used and answered.
func (s Facts) answered() []Confirmation {
	all := s.used()
	for i := range all {
		all[i].Answered = true
	}
	return all
}

// used gives the confirmations with each of them used.
func (s Facts) used() []Confirmation {
	all := slices.Clone(s.Confirmations)
	for i := range all {
		all[i].Used = true
	}
	return all
}
