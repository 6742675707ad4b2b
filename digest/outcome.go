package digest

import (
	"fmt"
	"strings"
)

// Class is what an outcome means for the delivery and for the run.
type Class string

// The classes of the reply table. The zero Class means that nothing went wrong
// and nothing was sent.
const (
	// Accepted: a 2xx reply after the final dot.
	Accepted Class = "accepted"
	// Transient: a 4xx to RCPT or after the dot. This reader, later.
	Transient Class = "transient"
	// Permanent: a 5xx to RCPT. This reader, never for this edition.
	Permanent Class = "permanent"
	// Refused: a 5xx to DATA or after the dot. The relay refuses the message.
	Refused Class = "refused"
	// InDoubt: the dot was sent and no reply came that can be read.
	InDoubt Class = "in doubt"
	// Session: the connection failed before the dot, or was never made.
	Session Class = "session"
	// Pace: a 4xx to MAIL. Slow down; no reader's fault.
	Pace Class = "pace"
	// Account: a 5xx to MAIL, or authentication refused. Nobody can be sent to.
	Account Class = "account"
	// Local: the message could not be made, or its intent not be recorded. The
	// dot was not sent.
	Local Class = "local"
)

// Outcome is what became of one envelope, or how a connection ended: a value,
// not an error.
type Outcome struct {
	Class Class
	// Code is the SMTP reply code (RFC 5321 4.2), 0 if there was no reply.
	Code int
	// Enhanced is the enhanced status code (RFC 3463), such as "5.1.1".
	Enhanced string
	// Reply is the reply's text in one line, or what went wrong without one.
	Reply string
	// QueueID is the relay's own name for an accepted message, where it says so.
	QueueID string
	// Blameless says that the connection ended as this relay is known to: after so
	// many messages, after a while without any, or since it loses commands that are
	// sent together. It is neither the message's fault nor trouble.
	Blameless bool
	// Look names the line of the configuration to look at, where one may be the
	// cause.
	Look string
	// Relay names the relay that it is about, as "host:port".
	Relay string
	// Line numbers the connections to that relay: what has one number came over one.
	Line int64
	// Ended is how the connection ended, where it did before the dot.
	Ended Ended
}

// Ended is what is known of a connection that ended before the dot of an envelope.
// It is facts: whose fault it was is for others to judge.
type Ended struct {
	// Recipient says that it ended while the envelope's own RCPT was on the wire: not
	// at the greeting, AUTH or MAIL.
	Recipient bool
	// Silent says that the relay sent nothing in the time it had.
	Silent bool
	// Refused says that recipients were refused over this connection before. Relays
	// slow down then, or hang up.
	Refused bool
}

// Said gives the code and the text of the reply, or the text alone where there was
// no reply.
func (o Outcome) Said() string {
	if o.Code == 0 {
		return o.Reply
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", o.Code, o.Reply))
}

// Reason gives what was said, and where to look for the cause. Addresses are taken
// out of it: a reason stays, in logs and in the book, when its readers are gone.
func (o Outcome) Reason() string {
	said := WithoutAddresses(o.Said())
	if o.Look == "" {
		return said
	}
	return said + " (look at " + o.Look + ")"
}
