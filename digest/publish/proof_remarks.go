package publish

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
)

// remarks says to those who get a proof what it is, and what differs from the last one.
func (p *Publisher) remarks(
	ctx context.Context, d Decision, o digest.Opening, all []digest.KeptProof,
) ([]string, error) {
	clock := func(t time.Time) string { return t.In(p.Zone).Format("15:04 MST") }
	id, now, opens := d.Edition.ID, p.Now(), d.Slot.Opens(d.Due)
	lines := []string{fmt.Sprintf("Edition %s as it is at %s: version %s.", id, clock(now), o.Hash())}
	goes := fmt.Sprintf("goes at %s", clock(d.Due))
	if d.Due.After(opens) {
		goes += fmt.Sprintf(", and is frozen at %s", clock(opens))
	}
	if !now.Before(opens) {
		goes = fmt.Sprintf("was due at %s", clock(d.Due))
	}
	approved, ok := digest.Approved(all)
	if ok {
		gone, err := p.takeApproved(ctx, &Decision{Edition: digest.Edition{ID: id}})
		if err != nil {
			return nil, err
		}
		ok = gone == ""
	}
	switch {
	case !d.Slot.NeedsApproval:
		lines = append(lines, fmt.Sprintf("It %s unless somebody holds it: vesper edition hold %s", goes, id))
	case ok:
		lines = append(lines,
			fmt.Sprintf("It %s. Version %s was approved, and that one goes unless this one is approved too:", goes,
				approved.Hash),
			fmt.Sprintf("vesper edition approve %s --hash %s", id, o.Hash()))
	default:
		lines = append(lines,
			fmt.Sprintf("It %s if somebody approves it. Without that it is missed at %s:", goes, clock(d.Due.Add(d.Slot.Grace))),
			fmt.Sprintf("vesper edition approve %s --hash %s", id, o.Hash()))
	}
	if d.Record.State == digest.Held {
		lines = append(lines, fmt.Sprintf("It is held %s: vesper edition release %s", d.Record.Reason, id))
	}
	for _, f := range d.Flaws {
		lines = append(lines, "Not in it, since it can't be read: "+f.Error())
	}
	if len(all) == 0 {
		return lines, nil
	}
	before := all[len(all)-1]
	was, err := p.Prover.Proofs.Proof(ctx, before.Key)
	if err != nil {
		return nil, err
	}
	lines = append(lines, fmt.Sprintf("What differs from the proof of %s, version %s:", clock(before.At), before.Hash))
	differs := digest.Differences(was.Edition, d.Edition)
	if len(differs) == 0 {
		differs = []string{"how it looks, in no word"}
	}
	for _, s := range differs {
		lines = append(lines, "- "+s)
	}
	return lines, nil
}
