package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/publish"
	"vesper/subscribers"
)

// proofFlags are the flags of "edition proof".
type proofFlags struct {
	editionFlags
	consent
	plain bool
	// edition is the ID of one that was opened; empty for the one to come.
	edition string
}

func (a *app) editionProofCommand() *cobra.Command {
	var f proofFlags
	cmd := &cobra.Command{
		Use:   "proof ADDRESS…",
		Short: "Mail the edition to these addresses only, marked as a proof",
		Long: `Mails the edition that "vesper edition plan" shows to these addresses only, marked as
a proof. The edition is not opened. The unsubscribe link in a proof does not work.

With --edition it is an edition that was opened, as its readers got it.`,
		Example: `  vesper edition proof desk@news.example
  vesper edition proof desk@news.example --edition 2026-11-22-evening
  vesper edition proof desk@news.example --plain --yes`,
		Args: cobra.MinimumNArgs(1),
		RunE: a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
			if f.edition != "" {
				if err := onlyToCome(cmd, f.edition); err != nil {
					return err
				}
			}
			return a.proof(cmd.Context(), h, all, f)
		}),
	}
	f.editionFlags.addTo(cmd)
	f.addWordsTo(cmd)
	cmd.Flags().BoolVar(&f.plain, "plain", false, "in plain text, as readers get it who chose that")
	cmd.Flags().StringVar(&f.edition, "edition", "", "the `ID` of an edition that was opened")
	f.consent.addTo(cmd, "don't ask", "only show what would be mailed, and to whom")
	return cmd
}

func (a *app) proof(ctx context.Context, h *house, all []subscribers.Address, f proofFlags) error {
	if err := a.mayLeave(h, f.dryRun); err != nil {
		return err
	}
	var to []string
	for _, address := range all {
		if !slices.Contains(to, address.Mailbox()) {
			to = append(to, address.Mailbox())
		}
	}
	id, letters, err := a.proofs(ctx, h, to, f)
	if err != nil {
		return err
	}
	a.tell("proof of edition %s: %s\n", id, strings.Join(to, ", "))
	if err := a.mayMail(ctx, f.consent, fmt.Sprintf("Mail it to %s?", count(len(to), "recipient"))); err != nil {
		return err
	}
	m, err := h.publisher.Mail(ctx, letters, a.hand(h, "it mails the proof"))
	if err != nil {
		return err
	}
	if m.Stopped.Class != "" {
		a.tell("%s\n", h.relayStopped(m.Stopped))
	}
	return a.proofOutcomes(m.Letters, to)
}

// proofs writes the proofs of the edition that the flags name, one to each address.
func (a *app) proofs(
	ctx context.Context, h *house, to []string, f proofFlags,
) (digest.ID, []digest.Letter, error) {
	variant := digest.Designed
	if f.plain {
		variant = digest.Plain
	}
	if f.edition != "" {
		t, err := h.wasOpened(ctx, f.edition)
		if err != nil {
			return t.ID, nil, err
		}
		letters, err := h.publisher.StoredProofs(ctx, t.Record, to, variant)
		return t.ID, letters, err
	}
	d, err := a.decide(ctx, h, f.editionFlags)
	if err == nil && !d.Enough() {
		err = nothingTo("proof", d)
	}
	if err != nil {
		return d.Edition.ID, nil, err
	}
	letters, err := h.publisher.Proofs(d.Edition, to, variant)
	return d.Edition.ID, letters, err
}

// hand is how letters are mailed by hand; meanwhile says what another process that
// has the lock does.
func (a *app) hand(h *house, meanwhile string) publish.Hand {
	return publish.Hand{
		Lock: h.lock("send"), Patience: patience,
		Held: func(held *digest.HeldError) { a.tell("%s; %s\n", held, meanwhile) },
	}
}

// proofOutcomes says what became of each proof: status 4 if one is not sent.
func (a *app) proofOutcomes(letters []digest.PostedLetter, to []string) error {
	var unsent error
	for i, l := range letters {
		said := string(l.Step)
		if l.Step != digest.Sent {
			unsent = exit(exitPartly)
			said = strings.TrimSpace(said + " " + l.Reply)
		}
		if l.Step == digest.Pending {
			said += ` (the next "vesper serve" or "vesper edition proof" mails it)`
		}
		a.print("%s  %s\n", to[i], said)
	}
	return unsent
}
