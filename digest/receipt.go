package digest

import "time"

// Receipt is one line of what a reader was sent.
type Receipt struct {
	Edition ID
	Step    Step
	// Reason says why it was skipped.
	Reason string
	// Code, Enhanced and Reply are the last that the relay said.
	Code            int
	Enhanced, Reply string
	// QueueID is the name that the relay gave the message.
	QueueID string
	Variant string
	// Attempts counts the replies that deferred it, Doubts the times it was sent
	// again although it may have arrived.
	Attempts, Doubts int
	// Due is when a pending one is owed.
	Due time.Time
	At  time.Time
}

// Failure is a delivery that did not go well, or not yet.
type Failure struct {
	Subscriber int64
	// Address is as the reader gave it; empty once the reader is gone.
	Address string
	// Step is Failed, Expired, Unknown, or Pending for one that was deferred or refused,
	// which is owed again at Due.
	Step Step
	Due  time.Time
	// Code, Enhanced and Reply are the last that the relay said.
	Code            int
	Enhanced, Reply string
	At              time.Time
	// Suspect is what a Pending one is suspected of.
	Suspect Suspect
}

// Quotes are where an address stands other than in its reader's own rows.
type Quotes struct {
	// Receipts are deliveries of others, and of rows that are gone, in which the
	// relay quotes it.
	Receipts []Receipt
	// Letters go to it, or have it in a relay's words.
	Letters []PostedLetter
	// Paused are editions whose reason for pausing names it.
	Paused []Record
}
