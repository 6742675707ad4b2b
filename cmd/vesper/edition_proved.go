package main

import (
	"context"
	"fmt"
	"slices"

	"vesper/digest"
	"vesper/digest/publish"
)

// planProof says when an edition is proved, and what was proved of it. From its proof on its
// version is named as it would go at its time.
func (h *house) planProof(ctx context.Context, d publish.Decision, p *planJSON) error {
	p.Proofs = []proofJSON{}
	at, ok := d.Slot.At(d.Edition.ID.Date)
	if !ok || d.Slot.ProofBefore == 0 {
		return nil
	}
	proved := d.Slot.Proved(at)
	p.ProofAt, p.NeedsApproval = stamp(proved, h.zone), d.Slot.NeedsApproval
	went, err := h.book.ContentHash(ctx, d.Edition.ID)
	if err != nil {
		return err
	}
	if p.Proofs, err = h.proofs(ctx, d.Edition.ID, went); err != nil {
		return err
	}
	if d.Record.State.Opened() || h.publisher.Now().Before(proved) || !d.Enough() {
		return nil
	}
	o, err := h.publisher.Version(ctx, d.Slot, d.Edition.ID.Date, d.Slot.Opens(at))
	if err == nil && len(o.Messages) > 0 {
		p.Version = o.Hash().String()
	}
	return err
}

// sayProof says when the edition is proved, what was proved of it, and what it waits for.
func (a *app) sayProof(h *house, d publish.Decision, p planJSON) {
	if p.ProofAt == nil {
		return
	}
	if len(p.Proofs) == 0 {
		to := count(len(h.config.Newsroom.Provers()), "recipient")
		what := "is"
		if p.Version != "" {
			what = "was to be"
		}
		a.print("a proof %s mailed at %s to %s\n", what, *p.ProofAt, to)
	}
	for _, proof := range p.Proofs {
		a.print("%s\n", proof.told())
	}
	goes := slices.IndexFunc(p.Proofs, func(j proofJSON) bool { return j.Goes })
	differs := len(p.Proofs) > 0 && p.Version != "" && p.Version != p.Proofs[len(p.Proofs)-1].Hash
	if differs {
		a.print("the desk has changed since: it is version %s\n", p.Version)
	}
	switch {
	case p.NeedsApproval && goes >= 0:
		a.print("version %s is approved, and goes at its time\n", p.Proofs[goes].Hash)
	case p.NeedsApproval:
		a.print("nobody has approved it: it goes as somebody does%s\n", approveHint(d.Edition.ID, p.Version))
	default:
		a.print("it goes unless somebody holds it\n")
	}
}

// approveHint is how a version is approved; empty before there is one.
func approveHint(id digest.ID, version string) string {
	if version == "" {
		return ""
	}
	return fmt.Sprintf(", \"vesper edition approve %s --hash %s\"", id, version)
}
