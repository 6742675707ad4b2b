package publish

import (
	"context"
	"time"

	"vesper/digest"
)

// Source is where articles come from.
type Source interface {
	// Articles gives every article that can be read, in no order, and the flaws
	// of those that can't.
	Articles(ctx context.Context) ([]digest.Article, []*digest.Flaw, error)
}

// Book is the record of editions, as far as it is written to.
type Book interface {
	// OpenEdition enters an edition and its ledger in one transaction: either
	// all of it is there afterwards, or nothing. It gives digest.ErrExists if
	// the edition was opened before, and digest.ErrNobody if there is nobody to
	// send it to. A day recorded as empty or missed may be opened.
	OpenEdition(ctx context.Context, o digest.Opening) (digest.Record, error)
	// Enter records a day on which nothing is printed: r.State is Empty or
	// Missed. A day that has a record already keeps it.
	Enter(ctx context.Context, r digest.Record, now time.Time) error
	// Behind gives digest.ErrBehind while the book is older than what was sent
	// from here, and nothing may be sent from it.
	Behind(ctx context.Context) error
	// Unfinished gives the editions that are open or sending, oldest first.
	Unfinished(ctx context.Context) ([]digest.Record, error)
	// NextDue tells when the next pending delivery of r is due; the zero time
	// means that none is pending.
	NextDue(ctx context.Context, r digest.Range) (time.Time, error)
	// Paused gives the editions that are paused, oldest first.
	Paused(ctx context.Context) ([]digest.Record, error)
}

// Course moves an opened edition through its states.
type Course interface {
	// Recover settles the deliveries of r that a run left under way when it died:
	// each is owed again and counted as a possible duplicate or, with hold,
	// unknown. It gives how many there were.
	Recover(ctx context.Context, r digest.Range, hold bool, now time.Time) (int, error)
	// Begin is called before a run: an open edition becomes sending, and the
	// start is counted. After several starts in a row without an orderly end and
	// without progress the edition becomes paused instead (digest.CrashLoop); the
	// record says which. A paused edition stays paused.
	Begin(ctx context.Context, number uint32, now time.Time) (digest.Record, error)
	// Rest is called at the orderly end of a run, however far it came.
	Rest(ctx context.Context, number uint32, now time.Time) error
	// Mark moves the edition to Sending (a paused one resumes), Paused or Done.
	// Done is refused with digest.ErrUnbalanced while a delivery is owed or the
	// equation does not hold; both are looked at in the same transaction.
	Mark(ctx context.Context, number uint32, s digest.State, reason string, now time.Time) error
}

// Past is the record of editions, as far as it is read.
type Past interface {
	// Record gives an edition's record, or digest.ErrNotFound.
	Record(ctx context.Context, id digest.ID) (digest.Record, error)
	// History gives what is known of a slot's past.
	History(ctx context.Context, slot string) (digest.History, error)
	// Printed names the edition, of any slot, that printed an article.
	Printed(ctx context.Context) (map[string]digest.ID, error)
	// Messages gives the messages that an edition was opened with.
	Messages(ctx context.Context, number uint32) ([]digest.Message, error)
}
