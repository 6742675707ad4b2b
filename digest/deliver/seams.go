package deliver

import (
	"context"
	"time"

	"vesper/digest"
)

// Ledger is the rows of who is owed what. Its writes are durable when they
// return, and many may be under way at once.
type Ledger interface {
	// Sweep settles the pending rows of r that need no message: those of readers
	// who are not active any more become skipped, and those first due at or
	// before gaveUp become expired. It then tells when the next pending row of r
	// is due; the zero time means that none is pending.
	Sweep(ctx context.Context, r digest.Range, now, gaveUp time.Time) (time.Time, error)
	// Owed gives up to limit pending rows of r that are due at now, in the order
	// of their subscribers, those after the subscriber after.
	Owed(ctx context.Context, r digest.Range, now time.Time, after int64, limit int) ([]digest.Delivery, error)
	// Intend records that d is about to be sent. In the same statement it looks
	// whether the reader is still to be sent to: if not, the row becomes skipped
	// and Intend gives false.
	Intend(ctx context.Context, d digest.Delivery, now time.Time) (bool, error)
	// Settle records what became of an intended delivery. It gives
	// digest.ErrNotFound if the row has come to its end otherwise.
	Settle(ctx context.Context, d digest.Delivery, s digest.Settlement) error
}

// Composer makes a reader's copy of the message.
type Composer interface {
	Compose(d digest.Delivery) (digest.Envelope, error)
}

// Relay takes envelopes to the next SMTP server.
type Relay interface {
	// Work sends what s hands it over one connection, until s has no more, ctx
	// ends or the connection can't go on. The outcome says how it ended: its
	// Class is empty if all went well, else Session, Pace or Account, in which
	// case the caller waits before it calls again.
	Work(ctx context.Context, s digest.Stream) digest.Outcome
}
