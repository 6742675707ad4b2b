package door

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vesper/subscribers"
)

// Refused says that an admin's word is not enough, or that it is too early. It is
// no failure of the program. Hint says what can be done instead.
type Refused struct {
	Address subscribers.Address
	err     error
	hint    string
}

func (e *Refused) Error() string { return e.err.Error() }

// Unwrap gives subscribers.ErrSuppressed where something stands against the
// address.
func (e *Refused) Unwrap() error { return e.err }

// Hint says what can be done instead, in one sentence.
func (e *Refused) Hint() string { return e.hint }

// barred says that these reasons stand against an address.
func barred(a subscribers.Address, against []string) error {
	return &Refused{a, fmt.Errorf("%s: %w", a, subscribers.ErrSuppressed), comesBack(against)}
}

// comesBack says how an address comes back that is suppressed.
func comesBack(against []string) string {
	if len(against) > 0 && !slices.ContainsFunc(against, func(r string) bool { return !subscribers.Liftable(r) }) {
		return `"vesper subscribers unsuppress" lifts a suppression of yours, or of a hard bounce`
	}
	return "a reader who unsubscribed can only come back by signing up"
}

// Asked is what an admin's asking came to.
type Asked struct {
	Address subscribers.Address
	// Refusal is why no letter was posted: subscribers.RefusedActive or
	// subscribers.RefusedLately. It is empty where one was.
	Refusal subscribers.Refusal
	// Would says that this was a look: nothing was done.
	Would bool
}

// String says it in one line.
func (a Asked) String() string {
	switch {
	case a.Refusal == subscribers.RefusedActive:
		return fmt.Sprintf("%s is already there", a.Address)
	case a.Refusal == subscribers.RefusedLately:
		return fmt.Sprintf("%s was asked recently and is not asked again yet", a.Address)
	case a.Would:
		return fmt.Sprintf("%s would be asked to confirm", a.Address)
	}
	return fmt.Sprintf("%s asked to confirm", a.Address)
}

// Ask has an address asked whether its reader wants the edition, as the sign-up
// page does, on an admin's word. Not even a question goes to a reader who has left
// or must not be mailed: the error is *[Refused].
func (d *Door) Ask(ctx context.Context, a subscribers.Address, now time.Time) (Asked, error) {
	refused, is, err := d.ask(ctx, a, subscribers.Asking{At: now, ByDesk: true})
	if err != nil {
		return Asked{Address: a}, err
	}
	return answer(a, is, refused)
}

// WouldAsk says what Ask would come to now.
func (d *Door) WouldAsk(ctx context.Context, a subscribers.Address, now time.Time) (Asked, error) {
	is, err := d.Readers.Facts(ctx, a)
	if err != nil {
		return Asked{Address: a}, err
	}
	_, refused := is.Ask(subscribers.Asking{At: now, ByDesk: true})
	asked, err := answer(a, is, refused)
	asked.Would = true
	return asked, err
}

// answer makes an error of what an admin has to be told. A reader who is waited for
// is an answer; an address of which nothing is left but its letters is not.
func answer(a subscribers.Address, is subscribers.Facts, refused subscribers.Refusal) (Asked, error) {
	asked := Asked{Address: a, Refusal: refused}
	switch {
	case refused == subscribers.RefusedBarred:
		return asked, barred(a, is.Suppressions)
	case refused == subscribers.RefusedLately && is.Status != subscribers.Unconfirmed:
		return asked, &Refused{
			a, fmt.Errorf("%s is not asked: the address must not be mailed, or was asked recently", a),
			"an address is asked again after 1, 3 and 7 days, then weekly; a suppressed one never",
		}
	}
	return asked, nil
}

// Added is what an admin's word for a reader came to.
type Added struct {
	Address subscribers.Address
	// Effect is subscribers.Adds, subscribers.Changes for one who was unconfirmed, or
	// subscribers.LeavesAlone.
	Effect subscribers.Effect
	// Would says that this was a look: nothing was done.
	Would bool
}

// String says it in one line.
func (a Added) String() string {
	switch a.Effect {
	case subscribers.Adds:
		return fmt.Sprintf("%s %sadded", a.Address, would(a.Would))
	case subscribers.Changes:
		return fmt.Sprintf("%s %sconfirmed", a.Address, would(a.Would))
	}
	return fmt.Sprintf("%s is already there", a.Address)
}

func would(be bool) string {
	if be {
		return "would be "
	}
	return ""
}

// Add puts a reader on the list by an admin's word, as Active or Unconfirmed. One
// who is there as unconfirmed becomes active when added as such. For a reader who
// has left or must not be mailed the error is *[Refused].
func (d *Door) Add(ctx context.Context, s subscribers.Subscriber, now time.Time) (Added, error) {
	added, err := d.WouldAdd(ctx, s)
	added.Would = false
	if err != nil || added.Effect == subscribers.LeavesAlone {
		return added, err
	}
	if _, _, err = d.Desk.Add(ctx, s, now); errors.Is(err, subscribers.ErrSuppressed) {
		is, factsErr := d.Readers.Facts(ctx, s.Address)
		if factsErr != nil {
			return added, factsErr
		}
		return added, barred(s.Address, is.Suppressions)
	}
	return added, err
}

// WouldAdd says what Add would come to now.
func (d *Door) WouldAdd(ctx context.Context, s subscribers.Subscriber) (Added, error) {
	s.Suppressions = nil
	added := Added{Address: s.Address, Would: true}
	is, err := d.Readers.Facts(ctx, s.Address)
	if err != nil {
		return added, err
	}
	if added.Effect, _ = (subscribers.Row{Subscriber: s}).Effect(is.Outline()); added.Effect == subscribers.KeepsOff {
		return added, barred(s.Address, is.Suppressions)
	}
	return added, nil
}

// Lifted is what an admin's word for a suppressed address came to.
type Lifted struct {
	Address subscribers.Address
	// Lifted are the reasons that don't stand any more, the oldest first; Stand are
	// those that only the reader lifts.
	Lifted, Stand []string
	// Would says that this was a look: nothing was done.
	Would bool
}

// String says it in one line, "" where there was nothing to lift and something
// stands.
func (l Lifted) String() string {
	switch {
	case len(l.Lifted) > 0:
		return fmt.Sprintf("%s: %s %slifted", l.Address, strings.Join(l.Lifted, " and "), would(l.Would))
	case len(l.Stand) == 0:
		return fmt.Sprintf("%s is not suppressed", l.Address)
	}
	return ""
}

// Lift lifts what an admin may lift from an address. If more stands against it, the
// error is *[Refused], whatever was lifted.
func (d *Door) Lift(ctx context.Context, a subscribers.Address, now time.Time) (Lifted, error) {
	lifted, refused := d.WouldLift(ctx, a)
	lifted.Would = false
	if refused != nil && !errors.Is(refused, subscribers.ErrSuppressed) {
		return lifted, refused
	}
	if _, err := d.Desk.Unsuppress(ctx, a, now); err != nil && !errors.Is(err, subscribers.ErrSuppressed) {
		return lifted, err
	}
	return lifted, refused
}

// WouldLift says what Lift would come to now.
func (d *Door) WouldLift(ctx context.Context, a subscribers.Address) (Lifted, error) {
	lifted := Lifted{Address: a, Would: true}
	against, err := d.Readers.Suppressions(ctx, a)
	if err != nil {
		return lifted, err
	}
	for _, s := range against {
		if subscribers.Liftable(s.Reason) {
			lifted.Lifted = append(lifted.Lifted, s.Reason)
		} else {
			lifted.Stand = append(lifted.Stand, s.Reason)
		}
	}
	if len(lifted.Stand) == 0 {
		return lifted, nil
	}
	return lifted, &Refused{
		a, fmt.Errorf("%s: %s is not lifted: %w", a, strings.Join(lifted.Stand, " and "), subscribers.ErrSuppressed),
		"a reader who unsubscribed can only come back by signing up",
	}
}
