package door

import (
	"context"
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
	if err != nil || !is.OwedGoodbye() {
		return nil, err
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
