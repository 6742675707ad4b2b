package main

import (
	"context"
	"errors"
	"fmt"

	"vesper/digest"
)

// anew does something to a slot's next edition, so that it counts although that edition is
// frozen: nobody was sent it yet, so it is discarded, and the service opens it anew under the
// same ID.
func (a *app) anew(ctx context.Context, h *house, slot string, do func() error) error {
	was, err := a.thaw(ctx, h, slot)
	if err != nil {
		return err
	}
	done := do()
	if was.Number == 0 {
		return done
	}
	// The service may have opened it again before that was done.
	if _, err := a.thaw(ctx, h, slot); err != nil && done == nil {
		return err
	}
	a.tell("edition %s was %s: \"vesper serve\" opens it anew within a minute\n", was.ID, h.frozen(was))
	return done
}

// thaw discards the frozen edition of a slot, and gives what it was; the zero Record if none
// is frozen. One that somebody has paused stays: it would go out. So does one that was
// approved as it is.
func (a *app) thaw(ctx context.Context, h *house, slot string) (digest.Record, error) {
	unfinished, err := h.book.Unfinished(ctx)
	if err != nil {
		return digest.Record{}, err
	}
	for _, u := range unfinished {
		if u.ID.Slot != slot || u.ID.Sequence > 1 || !u.Ahead() || !u.Frozen(a.now()) {
			continue
		}
		if u.State == digest.Paused {
			return digest.Record{}, usage(fmt.Errorf("edition %s is frozen and paused: nothing of it can be changed", u.ID),
				fmt.Sprintf("\"vesper edition release %s\" first, or \"vesper edition forget %s\"", u.ID, u.ID))
		}
		if s, err := h.slot(slot); err == nil && s.NeedsApproval {
			a.tell("edition %s is %s: it goes as it was approved\n", u.ID, h.frozen(u.Record))
			return digest.Record{}, nil
		}
		switch err := h.book.Discard(ctx, u.ID); {
		case errors.Is(err, digest.ErrExists):
			return digest.Record{}, nil // it is being sent
		case err != nil:
			return digest.Record{}, err
		}
		return u.Record, nil
	}
	return digest.Record{}, nil
}
