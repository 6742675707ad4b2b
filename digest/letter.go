package digest

import "time"

// LetterKind is what a letter is for.
type LetterKind string

// The kinds of letters. A proof and a report go to the desk, the others to the
// reader whom they are about. A copy is an edition of the past for a reader who asks.
const (
	Confirmation LetterKind = "confirmation"
	Welcome      LetterKind = "welcome"
	Goodbye      LetterKind = "goodbye"
	Proof        LetterKind = "proof"
	Report       LetterKind = "report"
	Copy         LetterKind = "copy"
	// Move asks at a new address whether a reader's editions are to go there, and Moved tells
	// the former one that they do.
	Move  LetterKind = "move"
	Moved LetterKind = "moved"
)

// Letter is a message to one person that is no edition. It waits in the outbox
// and is sent by the rules of the ledger.
type Letter struct {
	Kind LetterKind
	// Address is the recipient's mailbox, ReturnPath the envelope sender (empty:
	// the null one, RFC 5321 4.5.5).
	Address, ReturnPath string
	// Subscriber is the reader whom it is about, 0 for none. A copy is posted to an active
	// one alone.
	Subscriber int64
	// Bytes is the whole message with CRLF line ends. A repeat is the same bytes.
	Bytes []byte
}

// PostedLetter is what became of a letter.
type PostedLetter struct {
	Kind LetterKind
	Step Step
	// Reason says why it was skipped.
	Reason string
	// Code, Enhanced and Reply are the last that the relay said.
	Code            int
	Enhanced, Reply string
	// Created is when it was posted, At when it last changed.
	Created, At time.Time
}
