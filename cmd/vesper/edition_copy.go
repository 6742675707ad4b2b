package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/subscribers"
)

func (a *app) editionResendCommand() *cobra.Command {
	var f consent
	cmd := &cobra.Command{
		Use: "resend ID ADDRESS", Short: "Mail a copy of an edition to a reader who asks for it",
		Long: `Mails a copy of an edition that was sent to an active reader, in the form that the reader
chose. It is an email of its own, with today's date and another Message-ID: the edition's
totals stay as they are. Of an edition that was corrected it is the last correction. A
reader who has left or is suppressed gets none.`,
		Example: "  vesper edition resend 2026-11-22-evening ines@reader.example",
		Args:    cobra.ExactArgs(2),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			address, err := subscribers.ParseAddress(args[1])
			if err != nil {
				return usage(err, "")
			}
			return a.sendCopy(cmd.Context(), h, args[0], address, f)
		}),
	}
	f.addTo(cmd, "don't ask", "only show what would be mailed, and to whom")
	return cmd
}

func (a *app) sendCopy(ctx context.Context, h *house, arg string, address subscribers.Address, f consent) error {
	if err := a.mayLeave(h, f.dryRun); err != nil {
		return err
	}
	r, err := h.out(ctx, arg)
	if err != nil {
		return err
	}
	s, err := h.subscriber(ctx, address)
	if err != nil {
		return err
	}
	to := address.Mailbox()
	none := usage(fmt.Errorf("%s is %s: only an active reader gets a copy", to, s.Status), "")
	if s.Status != subscribers.Active {
		return none
	}
	a.tell("copy of edition %s: %s\n", r.ID, to)
	if err := a.mayMail(ctx, f, "Mail it?"); err != nil {
		return err
	}
	d, err := h.book.CopyFor(ctx, r.Number, s.ID, a.now())
	if errors.Is(err, digest.ErrNotFound) {
		return none
	}
	if err != nil {
		return err
	}
	letter, err := h.publisher.CopyOf(ctx, r, d)
	if err != nil {
		return err
	}
	m, err := h.publisher.Mail(ctx, []digest.Letter{letter}, a.hand(h, "it mails the copy"))
	if errors.Is(err, digest.ErrNotFound) {
		return none
	}
	if err != nil {
		return err
	}
	if m.Stopped.Class != "" {
		a.tell("%s\n", h.relayStopped(m.Stopped))
	}
	return a.proofOutcomes(m.Letters, []string{to})
}

// out gives the edition of an ID as it is out: its last correction, if it was corrected.
func (h *house) out(ctx context.Context, arg string) (digest.Record, error) {
	t, err := h.wasOpened(ctx, arg)
	if err != nil {
		return t.Record, err
	}
	out := t.Record
	all, err := h.book.Sequence(ctx, t.ID)
	for _, r := range all {
		if r.ID.Sequence > out.ID.Sequence && r.State != digest.Cancelled {
			out = r
		}
	}
	if err == nil && (out.Ahead() || out.State == digest.Cancelled && out.RanAt.IsZero()) {
		err = usage(fmt.Errorf("edition %s is not out: nobody was sent it", out.ID), "")
	}
	return out, err
}
