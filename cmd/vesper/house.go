package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vesper/digest"
	"vesper/digest/publish"
)

// slot gives the configured slot of this name; with an empty name, the first.
func (h *house) slot(name string) (publish.Slot, error) {
	s, err := h.publisher.Slot(name)
	if err != nil {
		var names []string
		for _, s := range h.publisher.Slots {
			names = append(names, s.Name)
		}
		return s, usage(err, "configured are: "+strings.Join(names, ", "))
	}
	return s, nil
}

// date gives the day that a flag names, or today in the publication's zone.
func (h *house) date(flag string, now time.Time) (digest.Date, error) {
	if flag == "" {
		return digest.DateOf(now.In(h.zone)), nil
	}
	d, err := digest.ParseDate(flag)
	if err != nil {
		return d, usage(fmt.Errorf("--date: %w", err), "")
	}
	return d, nil
}

// editionID reads an edition's ID from the command line.
func editionID(arg string) (digest.ID, error) {
	id, err := digest.ParseID(arg)
	if err != nil {
		return id, usage(err, `"vesper edition list" shows the IDs`)
	}
	return id, nil
}

// named gives the edition of an ID, and the slot that it may still come in: none if it is in the book.
func (h *house) named(ctx context.Context, text string) (digest.ID, *publish.Slot, error) {
	id, err := editionID(text)
	if err != nil {
		return id, nil, err
	}
	if _, err := h.book.Record(ctx, id); !errors.Is(err, digest.ErrNotFound) {
		return id, nil, err
	}
	slot, err := h.slot(id.Slot)
	return id, &slot, err
}

// tallied gives an edition with its sums; that there is none is a wrong argument.
func (h *house) tallied(ctx context.Context, arg string) (digest.Tallied, error) {
	id, err := editionID(arg)
	if err != nil {
		return digest.Tallied{}, err
	}
	t, err := h.book.Tallied(ctx, id)
	if errors.Is(err, digest.ErrNotFound) {
		return t, usage(fmt.Errorf("there is no edition %s", id), h.nearestEdition(ctx, id))
	}
	return t, err
}

// nearestEdition is a hint at an ID that may be meant.
func (h *house) nearestEdition(ctx context.Context, id digest.ID) string {
	records, _ := h.book.Records(ctx)
	var ids []string
	for _, r := range records {
		// Of one day to the next an ID differs in a digit: only another slot is a slip.
		if r.ID.Date == id.Date {
			ids = append(ids, r.ID.String())
		}
	}
	if near := digest.Nearest(id.String(), ids); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return `"vesper edition list" shows the IDs`
}

// opened gives an edition that has a ledger, with its sums; any other is a wrong
// argument.
func (h *house) opened(ctx context.Context, arg string) (digest.Tallied, error) {
	t, err := h.tallied(ctx, arg)
	if err == nil && !t.State.Opened() {
		err = usage(fmt.Errorf("edition %s is %s: it has no ledger", t.ID, t.State), "")
	}
	return t, err
}

// relayStopped says why a relay stopped a run. With several relays the outcome
// names its own.
func (h *house) relayStopped(o digest.Outcome) string {
	said := o.Reason()
	if relays := h.relays.Relays; len(relays) == 1 {
		said = fmt.Sprintf("%s:%d: %s", relays[0].Host, relays[0].Port, said)
	}
	return "the relay " + said
}
