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
}

func (a *app) editionProofCommand() *cobra.Command {
	var f proofFlags
	cmd := &cobra.Command{
		Use:   "proof ADDRESS…",
		Short: "Mail the edition to these addresses only, marked as a proof",
		Long: `Mails the edition that "vesper edition plan" shows to these addresses only, marked as
a proof. The edition is not opened. The unsubscribe link in a proof does not work.`,
		Example: `  vesper edition proof desk@news.example
  vesper edition proof desk@news.example --plain --yes`,
		Args: cobra.MinimumNArgs(1),
		RunE: a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
			return a.proof(cmd.Context(), h, all, f)
		}),
	}
	f.editionFlags.addTo(cmd)
	f.addWordsTo(cmd)
	cmd.Flags().BoolVar(&f.plain, "plain", false, "in plain text, as readers get it who chose that")
	f.consent.addTo(cmd, "don't ask", "only show what would be mailed, and to whom")
	return cmd
}

func (a *app) proof(ctx context.Context, h *house, all []subscribers.Address, f proofFlags) error {
	if err := a.mayLeave(h, f.dryRun); err != nil {
		return err
	}
	d, err := a.decide(ctx, h, f.editionFlags)
	if err != nil {
		return err
	}
	if !d.Enough() {
		return nothingTo("proof", d)
	}
	var to []string
	for _, address := range all {
		if !slices.Contains(to, address.Mailbox()) {
			to = append(to, address.Mailbox())
		}
	}
	variant := digest.Designed
	if f.plain {
		variant = digest.Plain
	}
	letters, err := h.publisher.Proofs(d.Edition, to, variant)
	if err != nil {
		return err
	}
	a.tell("proof of edition %s: %s\n", d.Edition.ID, strings.Join(to, ", "))
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
