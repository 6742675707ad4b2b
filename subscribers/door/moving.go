package door

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// Movers is what readers do who want editions at another address.
type Movers interface {
	// Moves gives a reader's wishes, the oldest first.
	Moves(ctx context.Context, subscriber int64) ([]subscribers.Move, error)
	// AskMove enters a wish and posts the letter that asks at the new address, if there is one.
	AskMove(ctx context.Context, publicID uint64, m subscribers.Move, letter *digest.Letter) error
	// Move has the editions go to the address of the wish of a certain time, confirmed from an
	// IP address, and posts the letter that tells the former one.
	Move(ctx context.Context, publicID uint64, asked time.Time, from string, letter digest.Letter, now time.Time) error
	// MoveAtOnce does both in one, by an admin's word.
	MoveAtOnce(ctx context.Context, publicID uint64, m subscribers.Move, letter digest.Letter, now time.Time) error
}

// AskMove asks at another address whether a reader's editions are to go there, and says
// whether it does. It does not for nobody, nor by the rule [subscribers.Facts.MayAsk]: on a
// page nobody is told which, so that nobody learns who is on the list.
func (d *Door) AskMove(ctx context.Context, publicID uint64, m subscribers.Move) (asked bool, err error) {
	m.AskedAt = m.AskedAt.Truncate(time.Second)
	err = begin(func() error {
		asked = false
		is, to, before, err := d.movers(ctx, publicID, m.To)
		byDesk := m.By != ""
		if errors.Is(err, digest.ErrNotFound) || err == nil && !is.MayAsk(before, byDesk, m.AskedAt) {
			return nil
		}
		if err != nil {
			return err
		}
		// A wish that leads to no letter is made and kept like any other: it counts, and takes
		// as long.
		key, err := d.Readers.SigningKey(ctx)
		if err != nil {
			return err
		}
		letter, err := d.Letters.move(m, key, publicID)
		if err != nil {
			return fmt.Errorf("ask at another address: %w", err)
		}
		if !is.MayGo(to, byDesk, m.AskedAt) {
			return d.Movers.AskMove(ctx, publicID, m, nil)
		}
		err = d.Movers.AskMove(ctx, publicID, m, &letter)
		asked = err == nil
		return err
	})
	if errors.Is(err, subscribers.ErrMeanwhile) {
		return false, nil // somebody asks again and again
	}
	return asked, err
}

// Move has a reader's editions go to the address of the wish of a certain time, by their own
// word, given from an IP address, and tells the former one. It says whether it does: by the rule
// [subscribers.Facts.Moves], and not for nobody.
func (d *Door) Move(
	ctx context.Context, publicID uint64, asked time.Time, from string, now time.Time,
) (moved bool, err error) {
	err = begin(func() error {
		moved = false
		m, is, err := d.wish(ctx, publicID, asked)
		if err != nil || m.AskedAt.IsZero() {
			return err
		}
		if !m.MovedAt.IsZero() && is.Status == subscribers.Active && is.Address.Key() == m.To.Key() {
			moved = true // twice is as good as once
			return nil
		}
		to, err := d.Readers.Facts(ctx, m.To)
		if err != nil || !is.Moves(m, to, now) {
			return err
		}
		key, err := d.Readers.SigningKey(ctx)
		if err != nil {
			return err
		}
		letter, err := d.Letters.moved(is.Subscriber, m.To, key, now)
		if err != nil {
			return fmt.Errorf("tell the former address: %w", err)
		}
		err = d.Movers.Move(ctx, publicID, asked, from, letter, now)
		moved = err == nil
		return err
	})
	return moved, err
}

// wish gives a reader's wish of a certain time; the zero Move if there is none.
func (d *Door) wish(
	ctx context.Context, publicID uint64, asked time.Time,
) (subscribers.Move, subscribers.Facts, error) {
	is, err := d.Readers.FactsOf(ctx, publicID)
	if errors.Is(err, digest.ErrNotFound) {
		return subscribers.Move{}, is, nil
	}
	if err != nil {
		return subscribers.Move{}, is, err
	}
	all, err := d.Movers.Moves(ctx, is.ID)
	for _, m := range all {
		if m.AskedAt.Equal(asked) {
			return m, is, err
		}
	}
	return subscribers.Move{}, is, err
}

func (d *Door) movers(
	ctx context.Context, publicID uint64, a subscribers.Address,
) (is, to subscribers.Facts, before []subscribers.Move, err error) {
	if is, err = d.Readers.FactsOf(ctx, publicID); err != nil {
		return is, to, nil, err
	}
	if to, err = d.Readers.Facts(ctx, a); err != nil {
		return is, to, nil, err
	}
	before, err = d.Movers.Moves(ctx, is.ID)
	return is, to, before, err
}

// move asks at a new address.
func (l Letters) move(m subscribers.Move, k subscribers.Key, publicID uint64) (digest.Letter, error) {
	to := l.to(m.To, m.AskedAt)
	to.Expires = m.AskedAt.Add(subscribers.MoveWithin)
	to.Move = k.Link(subscribers.ToMove, publicID, to.Expires)
	return l.single(l.finish(l.Writer.Move, to, k, publicID))
}

// moved tells a reader's former address that editions go to another one from now on.
func (l Letters) moved(
	s subscribers.Subscriber, elsewhere subscribers.Address, k subscribers.Key, now time.Time,
) (digest.Letter, error) {
	to := l.to(s.Address, now)
	to.Expires, to.Elsewhere = now.Truncate(time.Second).Add(subscribers.UndoMoveWithin), elsewhere.Masked()
	to.Stay = k.Link(subscribers.ToStay, s.PublicID, to.Expires)
	return l.single(l.finish(l.Writer.Moved, to, k, s.PublicID))
}
