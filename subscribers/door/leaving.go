package door

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// Removed is what became of removing a reader.
type Removed struct {
	Address subscribers.Address
	// Found says whether there was a row.
	Found bool
	// Goodbye says whether a goodbye was posted.
	Goodbye bool
	// Would says that this was a look: nothing was done.
	Would bool
}

// String says it in one line.
func (r Removed) String() string {
	if !r.Found {
		return fmt.Sprintf("%s is not there", r.Address)
	}
	said := fmt.Sprintf("%s %sremoved", r.Address, would(r.Would))
	if r.Goodbye {
		said += map[bool]string{true: ", and mailed a goodbye email", false: "; they get a goodbye email"}[r.Would]
	}
	return said
}

// Remove deletes a reader's row, and has what waits for them skipped. With goodbye
// a reader who was active is mailed that they are off the list. The row goes and
// the letter is posted in one transaction.
func (d *Door) Remove(ctx context.Context, a subscribers.Address, goodbye bool, now time.Time) (Removed, error) {
	removed := Removed{Address: a}
	err := begin(func() error {
		letter, err := d.goodbyeTo(ctx, a, goodbye, now)
		if err != nil {
			return err
		}
		removed.Found, err = d.List.Remove(ctx, a, letter, now)
		removed.Goodbye = letter != nil && err == nil
		return err
	})
	return removed, err
}

// goodbyeTo writes the goodbye to the reader of an address, nil where none is due.
func (d *Door) goodbyeTo(ctx context.Context, a subscribers.Address, wanted bool, now time.Time,
) (*digest.Letter, error) {
	if !wanted {
		return nil, nil
	}
	is, err := d.Readers.Facts(ctx, a)
	if err != nil {
		return nil, err
	}
	return d.goodbyeOf(ctx, is, now)
}

// goodbyeOf writes the goodbye to a reader, nil where none is due.
func (d *Door) goodbyeOf(ctx context.Context, is subscribers.Facts, now time.Time) (*digest.Letter, error) {
	if !is.OwedGoodbye() {
		return nil, nil
	}
	key, err := d.Readers.SigningKey(ctx)
	if err != nil {
		return nil, err
	}
	letter, err := d.Letters.goodbye(is.Subscriber, key, now)
	if err != nil {
		return nil, fmt.Errorf("say goodbye: %w", err)
	}
	return &letter, nil
}

// Leave takes the reader with this public ID off the list by their own word, given where no
// page tells them that it was heard: a goodbye does, once. It says whether it changed
// anything: not for nobody, and not for one who has left. A goodbye that can't be written
// keeps nobody on the list.
func (d *Door) Leave(ctx context.Context, publicID uint64, now time.Time) (changed bool, err error) {
	err = begin(func() error {
		is, err := d.Readers.FactsOf(ctx, publicID)
		if errors.Is(err, digest.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		letter, err := d.goodbyeOf(ctx, is, now)
		if err != nil {
			d.Log.Error("a reader leaves without a goodbye: it can't be written", "err", err)
		}
		changed, err = d.List.Leave(ctx, publicID, letter, now)
		return err
	})
	return changed, err
}

// WouldRemove says what Remove would come to now.
func (d *Door) WouldRemove(ctx context.Context, a subscribers.Address, goodbye bool) (Removed, error) {
	is, err := d.Readers.Facts(ctx, a)
	return Removed{Address: a, Found: is.ID != 0, Goodbye: goodbye && is.OwedGoodbye(), Would: true}, err
}

// Forget forgets who signed up and has not confirmed in time, and gives how many
// they were.
func (d *Door) Forget(ctx context.Context, now time.Time) (int, error) {
	return d.List.Expire(ctx, now.Add(-subscribers.ConfirmWithin))
}

// lookForSilent is how often those are looked for who have not confirmed in time.
const lookForSilent = 10 * time.Minute

// ForgetSilent forgets, until ctx ends, who has not confirmed in time: it looks at
// once and every ten minutes.
func (d *Door) ForgetSilent(ctx context.Context) {
	next := time.NewTicker(lookForSilent)
	defer next.Stop()
	for {
		n, err := d.Forget(ctx, d.Now())
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			d.Log.Error("can't look for unconfirmed readers", "err", err)
		case n > 0:
			d.Log.Info("deleted addresses that were not confirmed in time", "readers", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
	}
}
