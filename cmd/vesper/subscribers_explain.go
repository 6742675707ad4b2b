package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/subscribers"
)

// explainJSON is why a reader will, did or did not get an edition.
type explainJSON struct {
	Address string `json:"address"`
	Edition string `json:"edition"`
	// Answer is "got", "may have got", "waits for", "did not get", "will get" or
	// "will not get"; "not known" of a row that is gone.
	Answer string `json:"answer"`
	Why    string `json:"why"`
	// Line is both in a sentence.
	Line string `json:"line"`
	// The rows behind it: the reader's, what stands against the address, the
	// edition's, and the ledger's. Nil: there is none.
	Subscriber   *subscriberJSON   `json:"subscriber"`
	Suppressions []suppressionJSON `json:"suppressions"`
	State        digest.State      `json:"edition_state"`
	Delivery     *deliveryJSON     `json:"delivery"`
}

func (a *app) subscribersExplainCommand() *cobra.Command {
	var edition string
	var out format
	cmd := &cobra.Command{
		Use: "explain ADDRESS", Short: "Why this reader will, did or did not get an edition", Args: cobra.ExactArgs(1),
		Long: `Says in one line why a reader will, did or did not get an edition, and below it the
row that says so. Without --edition that is tonight's: the one opened today, or
the next that the service sends.`,
		Example: `  vesper subscribers explain ines@news.example
  vesper subscribers explain ines@news.example --edition 2026-11-22-evening -o json`,
		RunE: a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
			id, err := a.tonight(cmd.Context(), h, edition)
			if err != nil {
				return err
			}
			e, behind, err := h.explain(cmd.Context(), all[0], id)
			if err != nil {
				return err
			}
			if out == "json" {
				return newEncoder(a.stdout).Encode(e)
			}
			_, err = fmt.Fprintf(a.stdout, "%s\n  %s\n", printable(e.Line), printable(behind))
			return err
		}),
	}
	cmd.Flags().StringVar(&edition, "edition", "", "the edition's `ID` (default: tonight's)")
	addJSON(cmd, &out)
	return cmd
}

// tonight gives the edition that a flag names, or the one opened today, or the
// next.
func (a *app) tonight(ctx context.Context, h *house, flag string) (digest.ID, error) {
	if flag != "" {
		return editionID(flag)
	}
	now := a.now()
	records, err := h.store.Records(ctx)
	if err != nil {
		return digest.ID{}, err
	}
	for _, r := range records {
		if r.State.Opened() && r.ID.Date == digest.DateOf(now.In(h.zone)) {
			return r.ID, nil
		}
	}
	return h.next(ctx, now)
}

// next gives the edition that the service sends next, of all slots.
func (h *house) next(ctx context.Context, now time.Time) (digest.ID, error) {
	var first digest.ID
	var earliest time.Time
	for _, slot := range h.slots {
		at, err := h.publisher.Next(ctx, slot, now)
		if err != nil {
			return first, err
		}
		if earliest.IsZero() || !at.IsZero() && at.Before(earliest) {
			earliest, first = at, digest.ID{Date: digest.DateOf(at.In(h.zone)), Slot: slot.Name, Sequence: 1}
		}
	}
	return first, nil
}

// explain answers for one reader and edition, and gives the row behind the answer
// as it is told to people.
func (h *house) explain(ctx context.Context, address subscribers.Address, id digest.ID) (explainJSON, string, error) {
	e := explainJSON{Address: address.String(), Edition: id.String(), State: digest.Due}
	c := &evidenceOf{house: h, id: id}
	var err error
	if c.edition, err = h.store.Record(ctx, id); err == nil {
		e.State = c.edition.State
	} else if !errors.Is(err, digest.ErrNotFound) {
		return e, "", err
	}
	if c.suppressions, err = h.store.Suppressions(ctx, address); err != nil {
		return e, "", err
	}
	e.Suppressions = suppressionsOut(c.suppressions, h.zone)
	switch c.reader, err = h.store.Subscriber(ctx, address); {
	case err == nil:
		row := subscriberOut(c.reader, h.zone)
		e.Subscriber = &row
		if err := c.find(ctx); err != nil {
			return e, "", err
		}
	case !errors.Is(err, subscribers.ErrNotFound):
		return e, "", err
	}
	if c.delivery != nil {
		row := deliveryOut(*c.delivery, h.zone)
		e.Delivery = &row
	}
	v := c.verdict()
	e.Answer, e.Why = v.answer, v.why
	e.Line = fmt.Sprintf("%s %s %s: %s", address, v.answer, id, v.why)
	if v.answer == notKnown {
		e.Line = fmt.Sprintf("whether %s got %s is not known: %s", address, id, v.why)
	}
	return e, v.behind, nil
}
