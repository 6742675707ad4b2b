package door

import (
	"context"
	"time"

	"vesper/subscribers"
)

// AskOnce has a reader of an admin's file asked whether they want the edition: one letter,
// and never another one by this. What the file says of the reader is kept once they
// confirm; who does not is forgotten as whoever signs up. It gives why no letter was
// posted, subscribers.NotRefused if one was.
func (d *Door) AskOnce(ctx context.Context, s subscribers.Subscriber, now time.Time) (subscribers.Refusal, error) {
	refused, _, err := d.ask(ctx, s.Address, once(s, now))
	return refused, err
}

// WouldAskOnce says what AskOnce would come to now.
func (d *Door) WouldAskOnce(ctx context.Context, s subscribers.Subscriber, now time.Time) (subscribers.Refusal, error) {
	is, err := d.Readers.Facts(ctx, s.Address)
	_, refused := is.Ask(once(s, now))
	return refused, err
}

func once(s subscribers.Subscriber, now time.Time) subscribers.Asking {
	return subscribers.Asking{At: now, ByDesk: true, Once: &s}
}
