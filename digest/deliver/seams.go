package deliver

import (
	"context"
	"time"

	"vesper/digest"
)

// Ledger is the rows of who is owed what: those of one edition, or the letters.
// Many writes may be under way at once.
type Ledger interface {
	// Sweep is called before each pass. It settles the pending rows that need no
	// message: those of readers who are not active any more become skipped, and
	// those first due, or taken up again, at or before s.TooOld become expired. It takes over the rows
	// under way whose process is gone: the lease has run out, or this process alone
	// may deliver, or the row is its own, since no pass of this process is under
	// way in the range then. It tells how many those were, and when the next
	// pending row is due.
	Sweep(ctx context.Context, s digest.Sweeping) (digest.Swept, error)
	// Owed gives up to limit pending rows of r that are due at now: first those
	// under no suspicion, then the suspects. In both the longest due come first, and
	// those that are due alike by their key. after is the last row of the call
	// before, and nil for the first call.
	Owed(ctx context.Context, r digest.Range, now time.Time, after *digest.Delivery, limit int) ([]digest.Delivery,
		error)
	// IntendInTurn records that d is about to be sent, and returns as soon as that has its
	// place: what is given later is never durable before it. In the same statement it looks
	// whether the row is still to be sent. The row of a
	// reader who has left or paused becomes skipped then. The lease is counted from now.
	// When ctx ends before the ledger has begun with it, nothing is recorded.
	//
	// Of the rows under way of one d.Connection Sweep takes all over together. The one with
	// the lowest d.Ordinal is in doubt then; the others were never sent, and become
	// pending as they were before.
	//
	// looked hears whether the row is to be sent as soon as the statement has looked. It
	// hears nothing after an error of the statement, and once at most. durable hears, once
	// and after that, when the intent is durable, or why it isn't. Both may be called before
	// IntendInTurn returns, and must not wait.
	IntendInTurn(ctx context.Context, d digest.Delivery, now time.Time, looked func(taken bool),
		durable func(err error))
	// Settle records what became of an intended delivery. It gives digest.ErrTaken
	// where another owner attempts the row by now, or the row is at its end; but
	// never because time has passed: on a row that is pending again, because its
	// lease ran out, the outcome is recorded. So is a suspicion that d was under
	// none of before.
	Settle(ctx context.Context, d digest.Delivery, s digest.Settlement) error
	// SettleInTurn is Settle, and returns as soon as the outcome has its place: no intent
	// that is given after that is durable before it. durable hears, once, what Settle would
	// give; it must not wait.
	SettleInTurn(ctx context.Context, d digest.Delivery, s digest.Settlement, durable func(err error))
}

// Composer makes a reader's copy of the message.
type Composer interface {
	// Compose gives the same bytes for the same delivery, whenever it is asked.
	Compose(d digest.Delivery) (digest.Envelope, error)
}

// releaser is a Composer that makes another envelope of the bytes of one that is settled:
// from then on nobody may look at these.
type releaser interface {
	Release(e digest.Envelope)
}

// sharer is a Composer whose envelopes need no memory for what copies have in common.
type sharer interface {
	ComposePieces(d digest.Delivery) (digest.Envelope, error)
}

// quick is a Composer that says whether a copy costs so little that it is made only when
// it is sent: nothing is signed.
type quick interface {
	Quick() bool
}

// Relay takes envelopes to the next SMTP server.
type Relay interface {
	// Work sends what s hands it over one connection, until s has no more, ctx
	// ends or the connection can't go on. The outcome says how it ended: its
	// Class is empty if all went well, else Session, Pace or Account, in which
	// case the caller waits before it calls again.
	Work(ctx context.Context, s digest.Stream) digest.Outcome
	// Rest leaves the relay of this name, as outcomes give it, alone: it refuses us. It
	// is tried again by one message now and then, and is back when it takes one. Rest
	// says whether there is another relay to go on with.
	Rest(name string, why digest.Outcome) (another bool)
}
