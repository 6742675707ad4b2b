package door

import (
	"context"
	"errors"
	"time"

	"vesper/subscribers"
)

// Inbox is where sign-ups wait until somebody looks at them.
type Inbox interface {
	// Receive enters a sign-up, the same row for every address, and returns when it is
	// on the disk. Where a limit is reached, it enters nothing and says how long to wait.
	Receive(ctx context.Context, up subscribers.SignUp, limits subscribers.Limits) (subscribers.Delay, error)
	// Waiting gives n sign-ups at most that wait, the oldest first, of those after an ID.
	Waiting(ctx context.Context, after int64, n int) ([]subscribers.SignUp, error)
	// Close says that a sign-up gets no letter, and forgets whose it was.
	Close(ctx context.Context, id int64) error
}

// SignUp takes a sign-up into the inbox, or says how long to wait. It does not look who
// that is: whoever asks must see no difference, not even in the time that it takes.
func (d *Door) SignUp(ctx context.Context, up subscribers.SignUp) (subscribers.Delay, error) {
	wait, err := d.Inbox.Receive(ctx, up, d.Limits)
	if err == nil && wait.Wait == 0 {
		select {
		case d.Rung <- struct{}{}:
		default: // It was rung, and nobody has looked yet.
		}
	}
	return wait, err
}

// lookIn is how often the inbox is looked into when nobody rings: for what a process
// that died has left, and for what could not be done.
const lookIn = time.Minute

// AnswerSignUps looks at what waits in the inbox, until ctx ends: at once, whenever
// somebody signs up, and every minute.
func (d *Door) AnswerSignUps(ctx context.Context) {
	next := time.NewTicker(lookIn)
	defer next.Stop()
	for {
		if err := d.Answer(ctx); err != nil && ctx.Err() == nil {
			d.Log.Error("can't work on sign-ups; they wait", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-d.Rung:
		case <-next.C:
		}
	}
}

// atOnce is how many sign-ups are read at a time, and tooLate how long one waits at
// most: nobody knows any more what an older one was about.
const (
	atOnce  = 100
	tooLate = 24 * time.Hour
)

// Answer looks at each sign-up that waits, and posts the letters that are due. One that
// can't be answered stays, and keeps no other waiting.
func (d *Door) Answer(ctx context.Context) error {
	var errs []error
	for last := int64(0); ; {
		waiting, err := d.Inbox.Waiting(ctx, last, atOnce)
		if err != nil || len(waiting) == 0 {
			return errors.Join(append(errs, err)...)
		}
		for _, up := range waiting {
			last = up.ID
			if err := d.answer(ctx, up); err != nil && len(errs) == 0 {
				errs = append(errs, err)
			}
		}
	}
}

func (d *Door) answer(ctx context.Context, up subscribers.SignUp) error {
	if up.Address.String() == "" || d.Now().Sub(up.At) > tooLate {
		d.Log.Warn("a sign-up waited too long: it gets no email", "signup", up.ID, "at", up.At)
		return d.Inbox.Close(ctx, up.ID)
	}
	refused, _, err := d.ask(ctx, up.Address, subscribers.Asking{
		At: up.At, From: up.From, Form: up.Form.Version, SignUp: up.ID,
	})
	if err != nil || refused == subscribers.NotRefused {
		return err
	}
	return d.Inbox.Close(ctx, up.ID)
}
