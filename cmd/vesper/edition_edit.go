package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vesper/digest"
)

// editFlags are the flags of "edition edit".
type editFlags struct {
	words         digest.Words
	subject, note bool
	dryRun        bool
}

func (a *app) editionEditCommand() *cobra.Command {
	var f editFlags
	cmd := &cobra.Command{
		Use:   "edit [ID]",
		Short: "Set the subject or a note of an edition to come",
		Long: `Keeps a subject or a note for an edition that is not open yet. Whoever opens the
edition uses it: "vesper serve" at its time, or "vesper edition send". Without an
ID it is the next edition that the service sends. An empty text removes what is
kept. "vesper edition plan" shows it. A frozen edition is opened anew with it.`,
		Example: `  vesper edition edit --subject "The harbour reopens, and what it costs"
  vesper edition edit 2026-11-23-evening --note "Yesterday's edition gave a wrong date."
  vesper edition edit --note ""`,
		Args: cobra.MaximumNArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			f.subject, f.note = cmd.Flags().Changed("subject"), cmd.Flags().Changed("note")
			if !f.subject && !f.note {
				return usage(errors.New("edit takes --subject, --note or both"),
					`an empty text removes it: --note ""`)
			}
			id, err := a.toEdit(cmd.Context(), h, args)
			if err != nil {
				return err
			}
			return a.edit(cmd.Context(), h, id, f)
		}),
	}
	cmd.Flags().StringVar(&f.words.Subject, "subject", "", "the email's `SUBJECT`, in place of the lead's headline")
	cmd.Flags().StringVar(&f.words.Note, "note", "", "a `NOTE` from the editor above the articles")
	cmd.Flags().BoolVarP(&f.dryRun, "dry-run", "n", false, "only show what would be kept")
	return cmd
}

// toEdit gives the edition that an argument names, or the next.
func (a *app) toEdit(ctx context.Context, h *house, args []string) (digest.ID, error) {
	if len(args) == 0 {
		return h.next(ctx)
	}
	id, err := editionID(args[0])
	if err != nil {
		return id, err
	}
	slot, err := h.slot(id.Slot)
	if err != nil {
		return id, err
	}
	if digest.DateOf(a.now().In(h.zone)).AddDays(-digest.Ahead).Compare(id.Date) > 0 {
		if _, err := h.book.Record(ctx, id); errors.Is(err, digest.ErrNotFound) {
			return id, usage(fmt.Errorf("there is no edition %s to come: its day is over", id), "is the year right?")
		} else if err != nil {
			return id, err
		}
	}
	if _, comes := slot.At(id.Date); !comes && !slot.ByHand() {
		a.tell("vesper: warning: the slot %s has no edition on %s by itself\n", slot.Name, id.Date)
		a.tell("hint: \"vesper edition send --slot %s --date %s\" sends one\n", slot.Name, id.Date)
	}
	return id, nil
}

func (a *app) edit(ctx context.Context, h *house, id digest.ID, f editFlags) error {
	words, err := h.publisher.Words(ctx, id)
	if err != nil {
		return err
	}
	if f.subject {
		words.Subject = f.words.Subject
	}
	if f.note {
		words.Note = f.words.Note
	}
	if err := words.Check(); err != nil {
		return wrongWords(err)
	}
	if !f.dryRun {
		if err := a.setWords(ctx, h, id, words); err != nil {
			return err
		}
	} else {
		a.print("dry run, nothing changed: ")
	}
	err = a.print("edition %s\n  subject: %s\n  note: %s\n",
		id, cmp.Or(words.Subject, "(the lead's headline)"), cmp.Or(words.Note, "(none)"))
	return err
}

// setWords keeps words for an edition to come. A frozen one is opened anew with them.
func (a *app) setWords(ctx context.Context, h *house, id digest.ID, words digest.Words) error {
	set := func() error {
		refusal, err := h.publisher.SetWords(ctx, id, words)
		if err == nil && refusal.Kind != "" {
			err = usage(fmt.Errorf("edition %s can't be edited: %s", id, refusal.Reason), "")
		}
		return wrongWords(err)
	}
	r, err := h.book.Record(ctx, id)
	if err != nil || !r.Ahead() {
		return set()
	}
	return a.anew(ctx, h, id.Slot, set)
}
