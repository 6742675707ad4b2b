package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/publish"
)

// editionFlags say which edition to come is meant, and what an editor says in it.
type editionFlags struct {
	slot, date string
	words      digest.Words
}

func (f *editionFlags) addTo(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.slot, "slot", "", "the edition's `SLOT` (default: the first configured)")
	cmd.Flags().StringVar(&f.date, "date", "", "the edition's `DATE` (default: today)")
}

func (f *editionFlags) addWordsTo(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.words.Subject, "subject", "", "the email's `SUBJECT` (default: the lead's headline)")
	cmd.Flags().StringVar(&f.words.Note, "note", "", "a `NOTE` from the editor above the articles")
}

// which gives the slot and the day that are meant.
func (f editionFlags) which(h *house, now time.Time) (publish.Slot, digest.Date, error) {
	slot, err := h.slot(f.slot)
	if err != nil {
		return slot, digest.Date{}, err
	}
	date, err := h.date(f.date, now)
	return slot, date, err
}

// decide gives what would be opened now, or why it would not.
func (a *app) decide(ctx context.Context, h *house, f editionFlags) (publish.Decision, error) {
	now := a.now()
	slot, date, err := f.which(h, now)
	if err != nil {
		return publish.Decision{}, err
	}
	d, err := h.publisher.Decide(ctx, slot, date, publish.CutOff(now), f.words)
	return d, wrongWords(err)
}

// wrongWords makes words that would make a bad email a wrong argument.
func wrongWords(err error) error {
	var flaw *digest.WordsFlaw
	if errors.As(err, &flaw) {
		return usage(fmt.Errorf("--%w", flaw), flaw.Hint)
	}
	return err
}

// nothingTo is the error of a verb that has too few articles to work with.
func nothingTo(do string, d publish.Decision) error {
	if d.Refusal.Kind == publish.Overtaken || d.Refusal.Kind == publish.TooLate {
		return &exitError{
			exitNothing, fmt.Errorf("nothing to %s: edition %s: %s", do, d.Edition.ID, d.Refusal.Reason),
			"",
		}
	}
	if d.Refusal.Kind == publish.Opened {
		how := fmt.Sprintf(`"vesper edition preview %s" shows it as it was opened`, d.Edition.ID)
		if do == "proof" {
			how = fmt.Sprintf("--edition %s mails it as it was opened", d.Edition.ID)
		}
		return &exitError{
			exitNothing, fmt.Errorf("nothing to %s: edition %s: %s", do, d.Edition.ID, d.Refusal.Reason),
			how + "; --date names another day",
		}
	}
	return &exitError{
		exitNothing, fmt.Errorf("nothing to %s: no article for edition %s", do, d.Edition.ID),
		`"vesper edition plan" says why each article is left out`,
	}
}
