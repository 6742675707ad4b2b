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

func (a *app) editionApproveCommand() *cobra.Command {
	var f actFlags
	var hash string
	cmd := &cobra.Command{
		Use: "approve [ID]", Short: "Approve an edition to come that needs it",
		Long: `Approves one version of an edition to come, where needs_approval is set in [[edition]]. That
version goes at the edition's time, or at once within the slot's grace, even if the desk
changes: another proof says what differs then, and only if that one is approved too is it
the one that goes. What nobody has approved within the grace is missed, with an alarm.

--hash is the version that the proof, or "vesper edition plan", shows. Without it the last
proof is approved, unless the desk has changed since: then nothing is done, with exit
status 1. Without an ID it is the edition that waits, else the next one. Who approved what,
and when, is kept: "vesper edition show" says it. A version that is approved already: exit
status 3.`,
		Example: `  vesper edition approve
  vesper edition approve 2026-11-22-evening --hash 3f0a94c1d2e8 --by maria`,
		Args: cobra.MaximumNArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			id, err := a.toApprove(cmd.Context(), h, args)
			if err != nil {
				return err
			}
			return a.approve(cmd.Context(), h, id, hash, f)
		}),
	}
	f.addTo(cmd)
	cmd.Flags().StringVar(&hash, "hash", "", "the `VERSION` that was shown, 12 digits or more")
	return cmd
}

// toApprove gives the edition that an argument names; without one it is what waits for
// approval, else the next.
func (a *app) toApprove(ctx context.Context, h *house, args []string) (digest.ID, error) {
	if len(args) > 0 {
		return a.toAct(ctx, h, args[0])
	}
	for _, slot := range h.publisher.Slots {
		c, ok, err := h.publisher.Coming(ctx, slot)
		if err != nil {
			return digest.ID{}, err
		}
		if ok && slot.NeedsApproval && !slot.Proved(c.SendAt).After(a.now()) {
			return c.Edition.ID, nil
		}
	}
	return h.next(ctx)
}

func (a *app) approve(ctx context.Context, h *house, id digest.ID, hash string, f actFlags) error {
	act := digest.Act{Edition: id, Kind: digest.Approve, By: a.who(f), Reason: f.reason}
	if err := act.Check(); err != nil {
		return usage(err, "")
	}
	version, err := h.publisher.Approve(ctx, act, hash, f.dryRun)
	unproved, ok := errors.AsType[*publish.UnprovedError](err)
	switch {
	case ok && !unproved.At.IsZero():
		return usage(fmt.Errorf("edition %s can't be approved: %w", id, err),
			"its proof is made at "+unproved.At.In(h.zone).Format("2006-01-02 15:04 MST"))
	case ok:
		return &exitError{
			exitFailed, fmt.Errorf("edition %s is not approved: %w", id, err),
			fmt.Sprintf("look at it with \"vesper edition plan\", and approve what you saw: --hash %s", unproved.Now),
		}
	case errors.Is(err, publish.ErrNoApproval):
		return usage(fmt.Errorf("edition %s can't be approved: %w", id, err), "needs_approval = true in [[edition]]")
	case errors.Is(err, digest.ErrUnchanged):
		return &exitError{exitNothing, fmt.Errorf("nothing to do: version %s of edition %s is approved", version, id), ""}
	case errors.Is(err, digest.ErrExists), errors.Is(err, digest.ErrNotFound):
		return &exitError{
			exitFailed, fmt.Errorf("edition %s is not approved: another proof was made just then", id),
			"look at it, and approve what you saw",
		}
	case err != nil:
		r, found := h.book.Record(ctx, id)
		if found != nil {
			return err
		}
		return a.unacted(r, digest.Approve, err)
	}
	is := "is"
	if f.dryRun {
		is = "would be"
	}
	return a.print("version %s of edition %s %s approved: %s\n", version, id, is, a.goesOn(h, digest.Record{ID: id}))
}

// proofJSON is a proof that was made of an edition.
type proofJSON struct {
	Hash string  `json:"hash"`
	At   *string `json:"at"`
	// Letters is how many it was mailed to. Sent and Failed are those that the relay took and
	// did not; SentAt is when the last one went out.
	Letters int     `json:"letters"`
	Sent    int     `json:"sent"`
	Failed  int     `json:"failed"`
	SentAt  *string `json:"sent_at"`
	// ApprovedAt is when somebody approved it. Goes says that it is the one that goes, or went.
	ApprovedAt *string `json:"approved_at"`
	Goes       bool    `json:"goes"`
	late       time.Duration
}

// proofs gives the proofs of an edition. Went is what it was opened with; zero if it was not.
func (h *house) proofs(ctx context.Context, id digest.ID, went digest.ContentHash) ([]proofJSON, error) {
	all, err := h.book.Proofs(ctx, id)
	approved, _ := digest.Approved(all)
	list := []proofJSON{}
	for _, k := range all {
		j := proofJSON{
			Hash: k.Hash.String(), At: stamp(k.At, h.zone), Letters: k.Letters, Sent: k.Sent, Failed: k.Failed,
			SentAt: stamp(k.SentAt, h.zone), ApprovedAt: stamp(k.Approved, h.zone), Goes: k.Hash == went,
		}
		if went == (digest.ContentHash{}) {
			j.Goes = k.Key == approved.Key
		}
		if !k.SentAt.IsZero() {
			j.late = k.SentAt.Sub(k.At)
		}
		list = append(list, j)
	}
	return list, err
}

// lateProof is from when on it is said that a proof was late.
const lateProof = 2 * time.Minute

// told says a proof to people.
func (j proofJSON) told() string {
	said := fmt.Sprintf("proof %s at %s: ", j.Hash, orEmpty(j.At))
	switch waits := j.Letters - j.Sent - j.Failed; {
	case j.Letters == 0:
		said += "not mailed"
	case waits > 0:
		said += fmt.Sprintf("%d of %s not sent yet", waits, count(j.Letters, "letter"))
	default:
		said += count(j.Sent, "letter") + " sent"
	}
	if j.Failed > 0 {
		said += fmt.Sprintf(", %d failed", j.Failed)
	}
	if j.late >= lateProof {
		said += fmt.Sprintf(", %s late", j.late.Round(time.Minute))
	}
	if j.ApprovedAt != nil {
		said += ", approved"
	}
	return said
}
