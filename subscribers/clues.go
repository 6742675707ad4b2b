package subscribers

import "time"

// Clues are what a report has in it that may tell whose it is. They are a stranger's
// words: what they prove is for whoever has the keys to say.
type Clues struct {
	// Tokens are what may be tokens of return paths: those that the report was sent to
	// first, then those that stand in it.
	Tokens []string
	// Links are what may be tokens of links to leave, out of the header of the returned
	// message.
	Links []string
	// MessageIDs are those of returned messages, without brackets.
	MessageIDs []string
	// QueueIDs are the names that the relay gave to a message that it took.
	QueueIDs []string
	// Sent is the date of the returned message, zero if it has none.
	Sent time.Time
	// Address is the one that the report speaks of, "" if it names none.
	Address string
	// Verified says that a provider's word stands behind the address: it proves by itself
	// which reader is meant.
	Verified bool
}

// Found is whose report it is.
type Found struct {
	Proof Proof
	// Subscriber is the reader's row, 0 if it is gone or not proven. Edition is 0 for a
	// letter, or if it is not proven.
	Subscriber int64
	Edition    uint32
	// Other says that the clues name an address that is not the reader's: one behind it, to
	// which its server or the reader passes mail on, or a stranger's.
	Other bool
}
