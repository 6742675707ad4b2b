package door

import (
	"context"
	"errors"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// Past is what became of editions.
type Past interface {
	// Record gives an edition, or digest.ErrNotFound.
	Record(ctx context.Context, id digest.ID) (digest.Record, error)
	// Receipt gives what became of an edition for one subscriber, or
	// digest.ErrNotFound.
	Receipt(ctx context.Context, id digest.ID, subscriber int64) (digest.Receipt, error)
}

// Explainer says why a reader will, did or did not get an edition.
type Explainer struct {
	Readers Readers
	Past    Past
	// Returned is what came back; nil is nothing.
	Returned Returned
	// Zone is that of the times in its answers.
	Zone *time.Location
}

// Evidence is what is known of a reader and an edition.
type Evidence struct {
	Address subscribers.Address
	// Edition is the edition that is asked about, whether or not it is in the book.
	Edition digest.ID
	// Record is the edition's row. One that is not in the book is digest.Due.
	Record digest.Record
	// Reader is the reader's row; its ID is 0 where there is none.
	Reader subscribers.Subscriber
	// Suppressions stand against the address, the oldest first.
	Suppressions []subscribers.Suppression
	// Delivery is the row of the ledger, nil where there is none.
	Delivery *digest.Receipt
	// Returned is what came back of the reader's editions, the newest first.
	Returned []subscribers.Report
	// Zone is that of the times in the answer; nil is UTC.
	Zone *time.Location
}

// Gather reads what is known of an address and an edition. No row is no error.
func (x Explainer) Gather(ctx context.Context, a subscribers.Address, id digest.ID) (Evidence, error) {
	e := Evidence{Address: a, Edition: id, Zone: x.Zone}
	var err error
	if e.Record, err = x.Past.Record(ctx, id); errors.Is(err, digest.ErrNotFound) {
		e.Record, err = digest.Record{ID: id, State: digest.Due}, nil
	}
	if err != nil {
		return e, err
	}
	if e.Suppressions, err = x.Readers.Suppressions(ctx, a); err != nil {
		return e, err
	}
	is, err := x.Readers.Facts(ctx, a)
	if e.Reader = is.Subscriber; err != nil || is.ID == 0 {
		return e, err
	}
	if x.Returned != nil {
		e.Returned, err = x.Returned.Reports(ctx, subscribers.ReportFilter{Reader: is.ID, Limit: mostReturned})
	}
	if err != nil || !e.Record.State.Opened() {
		return e, err
	}
	receipt, err := x.Past.Receipt(ctx, id, is.ID)
	switch {
	case err == nil:
		e.Delivery = &receipt
	case !errors.Is(err, digest.ErrNotFound):
		return e, err
	}
	return e, nil
}

// Explain gathers the evidence and answers by it.
func (x Explainer) Explain(ctx context.Context, a subscribers.Address, id digest.ID) (Answer, Evidence, error) {
	e, err := x.Gather(ctx, a, id)
	if err != nil {
		return Answer{}, e, err
	}
	return e.Answer(), e, nil
}
