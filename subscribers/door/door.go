// Package door lets readers in and out: it signs them up, asks them to confirm,
// lets them confirm, says goodbye, forgets who did not answer, and explains why
// somebody did or did not get an edition. It is to the list what package publish
// is to an evening.
//
// Each step that mails somebody goes the same way: read the facts of the reader, ask
// the rules of package subscribers, write and sign the letter, and have the store
// write both in one transaction, which asks the rules again. If the facts have
// changed meanwhile, the step begins anew. Nothing here knows SQL, HTTP or SMTP.
package door

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// Readers is what is known of readers.
type Readers interface {
	// Facts gives what is known of an address. One without a row has no status.
	Facts(ctx context.Context, a subscribers.Address) (subscribers.Facts, error)
	// FactsOf gives the same of the reader with this public ID, or
	// digest.ErrNotFound.
	FactsOf(ctx context.Context, publicID uint64) (subscribers.Facts, error)
	// Suppressions gives what stands against an address, the oldest first.
	Suppressions(ctx context.Context, a subscribers.Address) ([]subscribers.Suppression, error)
	// SigningKey gives the key that signs links now.
	SigningKey(ctx context.Context) (subscribers.Key, error)
}

// List is what can be done to readers by their own word, and what is theirs. Each
// is one transaction. Where the reader changed since the facts were read, the
// error is subscribers.ErrMeanwhile and nothing was done.
type List interface {
	// SignUp enters that an address is asked to confirm, as a reader with this public
	// ID, and posts the letter that asks.
	SignUp(ctx context.Context, a subscribers.Address, q subscribers.Asking, publicID uint64,
		letter digest.Letter) error
	// Confirm makes a reader active by their own word, given from an IP address, and
	// posts the welcome.
	Confirm(ctx context.Context, publicID uint64, from string, welcome digest.Letter, now time.Time) error
	// Remove deletes the row of an address and says whether there was one. It posts
	// the goodbye, if there is one.
	Remove(ctx context.Context, a subscribers.Address, goodbye *digest.Letter, now time.Time) (found bool, err error)
	// Leave takes the reader with this public ID off the list by their own word, and posts
	// the goodbye, if there is one. It says whether that changed anything.
	Leave(ctx context.Context, publicID uint64, goodbye *digest.Letter, now time.Time) (changed bool, err error)
	// Expire forgets who was asked to confirm before an instant and has not, and
	// gives how many they were.
	Expire(ctx context.Context, before time.Time) (int, error)
}

// Desk is what can be done to readers by an admin's word.
type Desk interface {
	// Add puts a reader on the list and says whether the row is new. For a reader who
	// has left or is suppressed the error is subscribers.ErrSuppressed.
	Add(ctx context.Context, s subscribers.Subscriber, now time.Time) (subscribers.Subscriber, bool, error)
	// Unsuppress lifts what an admin may lift. If more stands, the error is
	// subscribers.ErrSuppressed as well.
	Unsuppress(ctx context.Context, a subscribers.Address, now time.Time) (changed bool, err error)
}

// Door lets readers in and out. It is safe for any number of goroutines.
type Door struct {
	Readers Readers
	List    List
	Desk    Desk
	Movers  Movers
	// Inbox takes sign-ups as far as Limits let them. Rung is how SignUp wakes
	// AnswerSignUps, with room for one.
	Inbox   Inbox
	Limits  subscribers.Limits
	Rung    chan struct{}
	Letters Letters
	// Next gives when the next edition arrives, for the welcome; the zero time is not
	// known. Nil means that it never is.
	Next func(ctx context.Context) (time.Time, error)
	// Printed says whether there is an edition that the welcome can link to. Nil means
	// that there is.
	Printed func(ctx context.Context) (bool, error)
	// Now is the clock and Log gets what is forgotten or waits: for ForgetSilent and
	// Answer.
	Now func() time.Time
	Log *slog.Logger
}

// tries is how often a step begins at most. Somebody who changes the same reader
// between each look and its transaction is at fault, or the store is.
const tries = 5

// begin does a step, and does it anew as long as its reader changed meanwhile.
func begin(step func() error) error {
	var err error
	for range tries {
		if err = step(); !errors.Is(err, subscribers.ErrMeanwhile) {
			return err
		}
	}
	return err
}

// ask gives why no letter was posted, and the facts of which that is true.
func (d *Door) ask(ctx context.Context, a subscribers.Address, q subscribers.Asking,
) (refused subscribers.Refusal, is subscribers.Facts, err error) {
	err = begin(func() (err error) {
		if is, err = d.Readers.Facts(ctx, a); err != nil {
			return err
		}
		if _, refused = is.Ask(q); refused != subscribers.NotRefused {
			return nil
		}
		key, err := d.Readers.SigningKey(ctx)
		if err != nil {
			return err
		}
		publicID := is.PublicID
		if is.ID == 0 {
			publicID = drawID()
		}
		letter, err := d.Letters.confirmation(a, q, key, publicID)
		if err != nil {
			return fmt.Errorf("ask to confirm: %w", err)
		}
		return d.List.SignUp(ctx, a, q, publicID, letter)
	})
	return refused, is, err
}

// Confirm puts the reader with this public ID on the list by their own word, given
// from an IP address, and has a welcome mailed. It says whether it did: not for
// nobody, for one who is on it already, and for one who has left since and not
// asked again.
func (d *Door) Confirm(ctx context.Context, publicID uint64, from string, now time.Time) (changed bool, err error) {
	err = begin(func() error {
		is, err := d.Readers.FactsOf(ctx, publicID)
		if errors.Is(err, digest.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		change, ok := is.Confirm(from, now)
		if !ok {
			return nil
		}
		key, err := d.Readers.SigningKey(ctx)
		if err != nil {
			return err
		}
		letter, err := d.Letters.welcome(change.After.Subscriber, key, d.next(ctx), d.nothing(ctx), now)
		if err != nil {
			return fmt.Errorf("welcome a reader: %w", err)
		}
		err = d.List.Confirm(ctx, publicID, from, letter, now)
		changed = err == nil
		return err
	})
	return changed, err
}

// next gives when the next edition arrives. A letter that does not say it is better
// than none.
func (d *Door) next(ctx context.Context) time.Time {
	if d.Next == nil {
		return time.Time{}
	}
	at, err := d.Next(ctx)
	if err != nil {
		return time.Time{}
	}
	return at
}

// nothing says that no edition was printed yet, as far as that is known.
func (d *Door) nothing(ctx context.Context) bool {
	if d.Printed == nil {
		return false
	}
	printed, err := d.Printed(ctx)
	return err == nil && !printed
}
