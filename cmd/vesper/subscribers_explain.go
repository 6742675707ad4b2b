package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/door"
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
	// Reports are what came back of the reader's editions, the newest first.
	Reports []reportJSON `json:"reports"`
}

func (a *app) subscribersExplainCommand() *cobra.Command {
	var edition string
	var out format
	cmd := &cobra.Command{
		Use: "explain ADDRESS", Short: "Why this reader will, did or did not get an edition", Args: cobra.ExactArgs(1),
		Long: `Says in one line why a reader will, did or did not get an edition, and shows the
database row that says so. Of a reader who was taken off the list for what came back it
names that report. "got" says that the relay accepted the message, and that nothing
came back. Without --edition it is tonight's: the one opened today,
or else the next that the service sends.`,
		Example: `  vesper subscribers explain ines@news.example
  vesper subscribers explain ines@news.example --edition 2026-11-22-evening -o json`,
		RunE: a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
			id, err := a.tonight(cmd.Context(), h, edition)
			if err != nil {
				return err
			}
			x := door.Explainer{Readers: h.list, Past: h.book, Returned: h.list, Zone: h.zone}
			answer, evidence, err := x.Explain(cmd.Context(), all[0], id)
			if err != nil {
				return err
			}
			if out == "json" {
				object := h.explained(answer, evidence)
				if object.Reports, err = h.reportsOut(cmd.Context(), evidence.Returned); err != nil {
					return err
				}
				return newEncoder(a.stdout).Encode(object)
			}
			err = a.print("%s\n  %s\n", answer.Line, answer.Row)
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
		return a.toExplain(ctx, h, flag)
	}
	records, err := h.book.Records(ctx)
	if err != nil {
		return digest.ID{}, err
	}
	for _, r := range records {
		if r.State.Opened() && r.ID.Date == digest.DateOf(a.now().In(h.zone)) {
			return r.ID, nil
		}
	}
	return h.next(ctx)
}

// toExplain gives the edition of an ID that is in the book, or may come.
func (a *app) toExplain(ctx context.Context, h *house, flag string) (digest.ID, error) {
	id, slot, err := h.named(ctx, flag)
	if err != nil || slot == nil {
		return id, err
	}
	now := a.now()
	at, comes := slot.At(id.Date)
	over := id.Date.Compare(digest.DateOf(now.In(h.zone))) < 0 && (!comes || now.After(at.Add(slot.Grace)))
	if id.Sequence > 1 || over && slot.Late != digest.Send {
		return id, usage(fmt.Errorf("there is no edition %s", id), h.nearestEdition(ctx, id))
	}
	return id, nil
}

// next gives the edition that the service sends next, of all slots.
func (h *house) next(ctx context.Context) (digest.ID, error) {
	var first digest.ID
	var earliest time.Time
	for _, slot := range h.publisher.Slots {
		at, err := h.publisher.Next(ctx, slot)
		if err != nil {
			return first, err
		}
		if !at.IsZero() && (earliest.IsZero() || at.Before(earliest)) {
			earliest, first = at, digest.ID{Date: digest.DateOf(at.In(h.zone)), Slot: slot.Name, Sequence: 1}
		}
	}
	if earliest.IsZero() {
		return first, usage(errors.New("no edition comes by itself: name one"), "")
	}
	return first, nil
}

// explained is an answer with the rows behind it as scripts read them.
func (h *house) explained(answer door.Answer, e door.Evidence) explainJSON {
	out := explainJSON{
		Address: e.Address.String(), Edition: e.Edition.String(), State: e.Record.State,
		Answer: answer.Short, Why: answer.Why, Line: answer.Line,
		Suppressions: suppressionsOut(e.Suppressions, h.zone),
	}
	if e.Reader.ID != 0 {
		row := subscriberOut(e.Reader, h.zone)
		out.Subscriber = &row
	}
	if e.Delivery != nil {
		row := deliveryOut(*e.Delivery, h.zone)
		out.Delivery = &row
	}
	return out
}
