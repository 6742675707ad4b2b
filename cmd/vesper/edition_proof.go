package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/deliver"
	"vesper/digest/render"
	"vesper/subscribers"
	"vesper/subscribers/sqlite"
)

// proofOptions are the flags of "edition proof".
type proofOptions struct {
	planOptions
	plain, yes, dryRun bool
}

func (a *app) proofCommand() *cobra.Command {
	var o proofOptions
	cmd := &cobra.Command{
		Use:   "proof ADDRESS…",
		Short: "Mail the edition, marked as a proof, to these addresses only",
		Long: `Mails the edition that "vesper edition plan" shows to these addresses, marked as
a proof. Nothing is opened, and nobody else gets it. Its link to unsubscribe is
none.`,
		Example: `  vesper edition proof desk@news.example
  vesper edition proof desk@news.example --plain --yes`,
		Args: cobra.MinimumNArgs(1),
		RunE: a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
			return a.proof(cmd.Context(), h, all, o)
		}),
	}
	o.addTo(cmd)
	o.addWordsTo(cmd)
	cmd.Flags().BoolVar(&o.plain, "plain", false, "in plain text, as readers who chose it get it")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "don't ask")
	cmd.Flags().BoolVarP(&o.dryRun, "dry-run", "n", false, "say what would be mailed to whom, and mail nothing")
	return cmd
}

func (a *app) proof(ctx context.Context, h *house, all []subscribers.Address, o proofOptions) error {
	if h.unsigned != nil {
		return h.unsigned
	}
	plan, err := a.planned(ctx, h, o.planOptions, a.now())
	if err != nil {
		return err
	}
	if !plan.Enough() {
		return &exitError{exitNothing, fmt.Errorf("nothing to proof: no article for edition %s", plan.Edition.ID), `"vesper edition plan" says why each article is left out`}
	}
	var to []string
	for _, address := range all {
		if !slices.Contains(to, address.Mailbox()) {
			to = append(to, address.Mailbox())
		}
	}
	letters, err := a.proofs(h, plan.Edition, to, o.plain)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "proof of edition %s: %s\n", plan.Edition.ID, strings.Join(to, ", "))
	if err := a.mayMail(sendOptions{yes: o.yes, dryRun: o.dryRun}, fmt.Sprintf("Mail it to %s?", count(len(to), "recipient"))); err != nil {
		return err
	}
	var ids []int64
	for _, l := range letters {
		id, err := h.store.Post(ctx, l, a.now())
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	if err := a.deliverLetters(ctx, h, ids); err != nil {
		return err
	}
	return a.letterOutcomes(ctx, h, ids, to)
}

// proofs makes a letter for each address of an edition that nobody has opened.
func (a *app) proofs(h *house, e digest.Edition, to []string, plain bool) ([]digest.Letter, error) {
	messages, err := h.renderer.Proof().Messages(e)
	if err != nil {
		return nil, err
	}
	from, err := mail.ParseAddress(h.renderer.Publication.From)
	if err != nil {
		return nil, err
	}
	// What bounces goes to the sender: a proof is nobody's delivery.
	composer, err := render.NewComposer(messages, from.Address)
	if err != nil {
		return nil, err
	}
	composer.Signer = h.publisher.Signer
	variant := digest.Designed
	if plain {
		variant = digest.Plain
	}
	var letters []digest.Letter
	for _, address := range to {
		envelope, err := composer.Compose(digest.Delivery{
			Variant: variant, Address: address, FirstDue: a.now().Truncate(time.Second),
			MessageID: "proof." + rand.Text(), Unsubscribe: "proof", Preferences: "proof",
		})
		if err != nil {
			return nil, err
		}
		letters = append(letters, digest.Letter{Kind: digest.Proof, Address: address, ReturnPath: envelope.From, Bytes: envelope.Data})
	}
	return letters, nil
}

// deliverLetters works through the outbox or, where a service has the lock, waits
// for it to do so.
func (a *app) deliverLetters(ctx context.Context, h *house, ids []int64) error {
	held, err := a.workOutbox(ctx, h)
	if held == nil {
		return err
	}
	fmt.Fprintf(a.stderr, "%s; it mails the proof\n", held)
	for waited := time.Duration(0); waited < stall && ctx.Err() == nil; waited += follow {
		if owed, err := h.lettersOwed(ctx, ids); err != nil || !owed {
			return err
		}
		sleep(ctx, follow)
	}
	return nil
}

// workOutbox mails what is due of the outbox. Where another process has the lock,
// it is that one's to do, and held says which.
func (a *app) workOutbox(ctx context.Context, h *house) (held *sqlite.Held, err error) {
	lock, err := h.store.Lock("send")
	switch {
	case errors.As(err, &held):
		return held, nil
	case err != nil:
		return nil, err
	}
	h.publisher.Letters.Patience = patience
	report, err := h.publisher.Letters.Work(ctx, deliver.Run{Range: digest.Whole(0), Composer: h.publisher.Outbox, Proven: true})
	if report.Stopped.Class != "" {
		fmt.Fprintln(a.stderr, h.toldBy(report.Stopped))
	}
	return nil, errors.Join(err, lock.Unlock())
}

func (h *house) lettersOwed(ctx context.Context, ids []int64) (bool, error) {
	for _, id := range ids {
		step, _, err := h.store.Letter(context.WithoutCancel(ctx), id)
		if err != nil || step == digest.Pending || step == digest.Attempting {
			return true, err
		}
	}
	return false, nil
}

// letterOutcomes says what became of each letter: status 4 if one is not sent.
func (a *app) letterOutcomes(ctx context.Context, h *house, ids []int64, to []string) error {
	var unsent error
	for i, id := range ids {
		step, reply, err := h.store.Letter(context.WithoutCancel(ctx), id)
		if err != nil {
			return err
		}
		said := string(step)
		if step != digest.Sent {
			unsent = exit(exitPartly)
			said = strings.TrimSpace(said + " " + printable(reply))
		}
		if step == digest.Pending {
			said += ` (the next "vesper serve" or "vesper edition proof" mails it)`
		}
		fmt.Fprintf(a.stdout, "%s  %s\n", to[i], said)
	}
	return unsent
}
