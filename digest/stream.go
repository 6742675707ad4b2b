package digest

import "context"

// Stream is how one connection gets its envelopes and gives back what became of
// them. The connection asks; the caller, who knows the ledger, answers:
//
//	connection                       stream                    ledger
//	    │  Next ────────────────────►  │  record the intent ────► │
//	    │  ◄───────────── an envelope  │  ◄── the row may be sent │
//	    │  MAIL, RCPT, DATA, body      │                          │
//	    │  Intended ────────────────►  │                          │
//	    │  ◄───────────── it is there  │  ◄──────────── durable   │
//	    │  the dot, and its reply      │                          │
//	    │  Settle ──────────────────►  │  record the outcome ───► │
//	    │  ◄──────────── in its place  │                          │
//	    │  Next …                      │  ◄──────────── durable   │
//
// The ledger looks at the reader's status as the last thing before MAIL: a row
// that is not to be sent any more costs no connection. The intent becomes durable
// while the relay is being spoken to, and only the dot waits for that. Who leaves
// in between may still get this one message. That a message was accepted becomes
// durable together with the next intent, and never after it. One goroutine uses a stream.
//
// A connection may overlap two messages: it asks Ahead for the next one before the dot of
// the one in hand, and sends the commands of that behind this dot. Then up to two
// envelopes are in its hand, and are settled in the order in which they were given.
type Stream interface {
	// Next gives the next envelope that is to be sent; false means there is no more
	// work for this connection, or none is to be begun. The intent to send it is
	// being recorded, so that MAIL is to come at once. When ctx ends, this connection
	// alone is to begin nothing more. Each connection has a ctx of its own, the same at
	// every call.
	Next(ctx context.Context) (Envelope, bool)
	// Ahead is Next while an envelope is in hand whose dot is not sent yet. It gives none
	// where the next does not lie ready, or where it matters for it what becomes of the
	// one in hand. At most one is given ahead.
	Ahead(ctx context.Context) (Envelope, bool)
	// Done is closed when nothing is to be begun any more: who waits for
	// something before it calls Next need not wait longer.
	Done() <-chan struct{}
	// Intended waits until the intent to send e is durable, and the outcome of the
	// envelope before it. It comes before the final dot; after an error the dot must not
	// be sent. It is ErrStopped where e was given ahead and is not to be sent after all.
	Intended(ctx context.Context, e Envelope) error
	// Settle takes the outcome of e and returns when it is recorded; where e was
	// accepted, when it is sure to be recorded before the next intent. Every envelope
	// that Next gave is settled, exactly once.
	Settle(ctx context.Context, e Envelope, o Outcome)
}
