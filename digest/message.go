package digest

import "time"

// Designed and Plain are the variants of an edition's message.
const (
	Designed = "designed"
	Plain    = "plain"
)

// Message is an edition rendered once: header and MIME body as the bytes of an
// RFC 5322 message with CRLF line ends, in which merge fields stand where
// readers differ. How a field is written into the bytes is the renderer's own
// business; whoever stores a message keeps the bytes as they are.
type Message struct {
	Variant string
	Subject string
	Bytes   []byte
}

// Delivery is one row of a ledger as the sender needs it: which message goes to
// whom, with everything in it that differs from reader to reader. The same
// delivery always makes the same bytes.
type Delivery struct {
	// Key names the row in its ledger: the subscriber's ID in an edition's, the
	// letter's ID in the outbox.
	Key     int64
	Variant string
	// Address is the recipient's mailbox, Since when the reader confirmed.
	Address string
	Since   time.Time
	// Due is when it is owed; FirstDue is when it was first owed: the Date of its
	// message.
	Due, FirstDue time.Time
	// Resumed is when it was taken up again by word; zero if it wasn't.
	Resumed time.Time
	// Deferred is when it was first deferred, zero if it wasn't: giving up is counted
	// from then.
	Deferred time.Time
	// Attempts counts the replies that deferred it so far.
	Attempts int
	// Doubts counts the times it was sent again although it may have arrived.
	Doubts int
	// Suspect is what the row is suspected of.
	Suspect Suspect
	// Lease is how long the row belongs to whoever records the intent to send it,
	// counted from that moment. After it others may take the row over.
	Lease time.Duration
	// Connection numbers who sends it, among all of the process that ever send, and Ordinal
	// its messages. Of the rows under way of one connection only the first may have been
	// sent: the dot of each waits for the outcomes of those before. A Connection of 0 says
	// nothing of that.
	Connection, Ordinal int64
	// MessageID is the left part of the Message-ID; Unsubscribe and Preferences are
	// the reader's link tokens for leaving and for choosing, ReturnPath the token of
	// the envelope sender, and Leave that of the address to leave by.
	MessageID, Unsubscribe, Preferences, ReturnPath, Leave string
}

// Ends is when the delivery is too old to be begun, if it may wait so long from when it
// was first due or taken up again. The zero time is never.
func (d Delivery) Ends(until time.Duration) time.Time {
	switch {
	case until <= 0:
		return time.Time{}
	case d.Resumed.After(d.FirstDue):
		return d.Resumed.Add(until)
	}
	return d.FirstDue.Add(until)
}

// Form is what the maker of a message knows of its bytes, so that they need not be looked
// through once more. The zero Form says nothing.
type Form struct {
	// Ready says that the bytes go over the wire as they are (RFC 5321 4.5.2): each line
	// ends with CRLF, the last one too, there is no other CR or LF, and no line begins
	// with a dot.
	Ready bool
	// EightBit says of bytes that are Ready that some are above 127.
	EightBit bool
}

// Envelope is one reader's message, ready for SMTP (RFC 5321 2.3.1).
type Envelope struct {
	// Delivery is the row that this envelope settles.
	Delivery Delivery
	// From is the return path, To the recipient.
	From, To string
	// Data is the message with CRLF line ends, not dot-stuffed. Form is what its maker
	// knows of it.
	Data []byte
	Form Form
	// Pieces, if there are any, are the message in place of Data, which is Ready. What many
	// copies have in common is in memory once, so nobody may change them.
	Pieces [][]byte
	// Alone says that no command is sent before the reply to the last one has come:
	// what the relay does can be told from what it does to others then.
	Alone bool
	// Others is closed when others wait for this one's connection: the relay need not be
	// waited for any longer then, if it is silent. Nil is never.
	Others <-chan struct{}
	// Control, if there are any, makes this a control: the relay is asked, with MAIL and
	// RCPT, if it would take these, and nobody is mailed. There is no message then.
	Control []Envelope
	// Until is when the transaction ends hard, whatever state it is in: a while
	// before the row's lease does. The zero time is no end.
	Until time.Time
}
