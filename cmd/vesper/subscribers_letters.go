package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"vesper/subscribers"
	"vesper/subscribers/sqlite"
)

// ask has the addresses asked whether they want the edition, as the sign-up page
// does.
func (a *app) ask(ctx context.Context, h *house, all []subscribers.Address, dryRun bool) error {
	if h.unsigned != nil {
		return h.unsigned
	}
	var refused error
	posted := 0
	for _, address := range all {
		asked, err := a.askOne(ctx, h, address, dryRun)
		if asked {
			posted++
		}
		refused = errors.Join(refused, err)
	}
	if posted == 0 || dryRun {
		return refused
	}
	held, err := a.workOutbox(ctx, h)
	if held != nil {
		fmt.Fprintf(a.stderr, "%s; it mails what was posted\n", held)
	}
	return errors.Join(refused, err)
}

func (a *app) askOne(ctx context.Context, h *house, address subscribers.Address, dryRun bool) (posted bool, err error) {
	counts, err := h.store.EnrolPlan(ctx, slices.Values([]sqlite.Enrol{{
		Subscriber: subscribers.Subscriber{Address: address, Status: subscribers.Unconfirmed},
	}}))
	is, findErr := h.store.Subscriber(ctx, address)
	switch {
	case err != nil:
		return false, err
	case is.Status == subscribers.Active:
		fmt.Fprintf(a.stdout, "%s is already there\n", address)
		return false, nil
	case findErr != nil && !errors.Is(findErr, subscribers.ErrNotFound):
		return false, findErr
	case dryRun && counts.Added > 0:
		fmt.Fprintf(a.stdout, "%s would be asked to confirm\n", address)
		return true, nil
	case dryRun:
		fmt.Fprintf(a.stdout, "%s is known: it would be asked, unless it must not be mailed or was asked lately\n", address)
		return true, nil
	}
	now := a.now()
	posted, err = h.store.SignUp(ctx, address, subscribers.Consent{AskedAt: now}, now, h.letters().confirmation(address, now))
	switch {
	case err != nil:
		return false, err
	case !posted && is.Status == subscribers.Unconfirmed:
		fmt.Fprintf(a.stdout, "%s was asked lately and is not asked again yet\n", address)
		return false, nil
	case !posted:
		return false, usage(fmt.Errorf("%s is not asked: the address must not be mailed, or was asked lately", address),
			"an address is asked once a day and three times in 30 days at most; bounced and barred ones never")
	}
	fmt.Fprintf(a.stdout, "%s asked to confirm\n", address)
	return true, nil
}

// sayGoodbye posts a goodbye to a reader who was active until the admin's word.
func (a *app) sayGoodbye(ctx context.Context, h *house, was subscribers.Subscriber) error {
	if h.unsigned != nil {
		return h.unsigned
	}
	// Any key verifies for ever; the newest has the highest ID.
	ring, err := h.store.Keyring(ctx)
	if err != nil {
		return err
	}
	var newest subscribers.Key
	for _, k := range ring {
		if k.ID >= newest.ID {
			newest = k
		}
	}
	letter, err := h.letters().goodbye(was, newest, a.now())
	if err != nil {
		return err
	}
	_, err = h.store.Post(ctx, letter, a.now())
	return err
}
