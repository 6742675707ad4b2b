package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vesper/digest"
)

// slot gives the configured slot of this name; with an empty name, the first.
func (h *house) slot(name string) (digest.Slot, error) {
	s, err := h.publisher.Slot(name)
	if err != nil {
		var names []string
		for _, s := range h.slots {
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

// cutOff gives the cut-off of an edition sent by hand: now, as the whole second
// that ends the present one, so that a file written a moment ago is before it.
func cutOff(now time.Time) time.Time { return now.Truncate(time.Second).Add(time.Second) }

// editionID reads an edition's ID from the command line.
func editionID(arg string) (digest.ID, error) {
	id, err := digest.ParseID(arg)
	if err != nil {
		return id, usage(err, `"vesper edition list" shows the IDs`)
	}
	return id, nil
}

// record gives an edition's record; that there is none is a wrong argument.
func (h *house) record(ctx context.Context, arg string) (digest.Record, error) {
	id, err := editionID(arg)
	if err != nil {
		return digest.Record{}, err
	}
	r, err := h.store.Record(ctx, id)
	if errors.Is(err, digest.ErrNotFound) {
		return r, usage(fmt.Errorf("there is no edition %s", id), `"vesper edition list" shows the IDs`)
	}
	return r, err
}
