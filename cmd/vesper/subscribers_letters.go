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
func (a *app) ask(ctx context.Context, h *house, all []subscribers.Address, o sendOptions) error {
	if h.unsigned != nil {
		return h.unsigned
	}
	if !o.dryRun {
		if err := a.mayMail(o, fmt.Sprintf("Mail %s a letter to confirm?", count(len(all), "address"))); err != nil {
			return err
		}
	}
	posted := 0
	refused := a.eachOf(all, func(address subscribers.Address) error {
		asked, err := a.askOne(ctx, h, address, o.dryRun)
		if asked {
			posted++
		}
		return err
	})
	if posted == 0 || o.dryRun {
		return refused
	}
	held, err := a.workOutbox(ctx, h)
	if held != nil {
		fmt.Fprintf(a.stderr, "%s; it mails what was posted\n", held)
	}
	if err != nil {
		return err
	}
	return refused
}

func (a *app) askOne(ctx context.Context, h *house, address subscribers.Address, dryRun bool) (posted bool, err error) {
	counts, err := h.store.EnrolPlan(ctx, slices.Values([]sqlite.Enrol{{
		Subscriber: subscribers.Subscriber{Address: address, Status: subscribers.Unconfirmed},
	}}))
	is, findErr := h.store.Subscriber(ctx, address)
	against, suppressedErr := h.store.Suppressions(ctx, address)
	switch {
	case err != nil:
		return false, err
	case suppressedErr != nil:
		return false, suppressedErr
	case len(against) > 0:
		// Not even a question goes to one who has left, on anybody's word but theirs.
		return false, usage(fmt.Errorf("%s: %w", address, sqlite.ErrSuppressed), comesBack(against))
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
	posted, err = h.store.SignUp(ctx, address, subscribers.Consent{AskedAt: now}, now, h.letters().confirmation(address, now, true))
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

// comesBack says how an address comes back that is suppressed.
func comesBack(against []sqlite.Suppression) string {
	fixed := func(s sqlite.Suppression) bool { return !subscribers.Liftable(s.Reason) }
	if len(against) > 0 && !slices.ContainsFunc(against, fixed) {
		return `"vesper subscribers unsuppress" lifts a suppression of yours, or of a hard bounce`
	}
	return "a reader who left comes back by their own word only: they sign up themselves"
}
