package digest

import (
	"math"
	"time"
)

// Step is where one delivery, or one letter, stands.
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

// MostDoubts is at how many doubts a row is left as unknown, whatever the policy. A relay
// that takes a message and never says so must not give one reader more copies.
const MostDoubts = 3

// A row that was under way when a process died goes behind the others. At MostDeaths it
// fails: it may be what kills them. One death before, it is tried once more, alone and
// DeathRest later: no more than one process in that time dies of such rows.
const (
	MostDeaths = 3
	DeathRest  = time.Hour
)

// Suspect is what a pending row is suspected of. Such rows go behind the others, one
// after another over one connection.
type Suspect string

// What rows are suspected of; the zero Suspect is nothing.
const (
	// OfConnection: a connection ended while the row's own RCPT was on the wire, and
	// the relay answered for others.
	OfConnection Suspect = "connection"
	// OfAddress: the relay refused it for good in words that mean the reader's address.
	OfAddress Suspect = "address"
	// OfOurs: the relay refused it for good in words that mean us.
	OfOurs Suspect = "ours"
	// OfMessage: the relay refused it for good at DATA or after the dot.
	OfMessage Suspect = "message"
)

// Range is a part of a ledger: its rows with Low <= key <= High.
type Range struct{ Low, High int64 }

// Whole is all of a ledger.
func Whole() Range { return Range{High: math.MaxInt64} }

// Contains says whether a row's key is in the range.
func (r Range) Contains(key int64) bool { return r.Low <= key && key <= r.High }
