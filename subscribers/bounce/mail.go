package bounce

import "vesper/subscribers"

// Kind is what sort of message came back.
type Kind string

// The kinds of messages.
const (
	// Failure says that a delivery failed, was delayed, or was done.
	Failure Kind = "delivery report"
	// Feedback is a report of a reader's complaint, or of a check that failed (RFC 5965).
	Feedback Kind = "feedback report"
	// Auto is a machine's reply (RFC 3834): a vacation note, or a question whether we are a
	// person.
	Auto Kind = "automatic reply"
	// Reply is a person's.
	Reply Kind = "reply"
)

// Mail is what a message that came back says.
type Mail struct {
	Kind Kind
	// Recipients are the addresses that it speaks of, each once.
	Recipients []Recipient
	// MessageID is that of the message that was sent, with its brackets, if it was returned.
	MessageID string
	// Clues may tell which message of ours it is about.
	Clues subscribers.Clues
	// Mailed are what may be tokens of addresses to leave by, and of tests, out of the fields
	// that say to whom the message itself came. What it returns is not looked at: the message
	// that comes back has such an address in it.
	Mailed []string
	// Automatic says that a machine sent it, by its own word (RFC 3834 5), and NoSender that
	// its reverse path was empty, as far as its header tells.
	Automatic, NoSender bool
	// Steps say in order how it was read.
	Steps []string
}

// Recipient is what a message says of one address.
type Recipient struct {
	// Address is as the message has it; empty if it names none.
	Address string
	// Behind is the address of another mailbox that failed, to which the server passed on
	// what came for Address (RFC 3464 2.3.2); empty if there is none.
	Behind string
	// Action is the report's own word (RFC 3464 2.3.3): failed, delayed, delivered, relayed
	// or expanded; empty if it says none.
	Action string
	// Status is the enhanced status code (RFC 3463) and Reply the reply code of SMTP, "" and
	// 0 if neither was said.
	Status string
	Reply  int
	// Diagnostic is what the server said that refused it, as plain text.
	Diagnostic string
	// AtData says that it was refused after its text was sent.
	AtData bool
	// atRcpt says that it was refused in reply to RCPT, where that is known beside the words.
	atRcpt bool
	// Cause is why it came back, and Rule what decided that.
	Cause subscribers.Cause
	Rule  string
}

// Class gives what the report asks of the list. A delay, and what may pass, never removes a
// reader.
func (r Recipient) Class() subscribers.Class {
	c := r.Cause.Class()
	if c == subscribers.ClassRemove && r.passing() {
		return subscribers.ClassWait
	}
	return c
}

// passing says whether the server said that it may pass (RFC 5321 4.2.1).
func (r Recipient) passing() bool {
	return r.Action == "delayed" || len(r.Status) > 0 && r.Status[0] == '4' ||
		r.Status == "" && r.Reply >= 400 && r.Reply < 500
}
