package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// ErrNoApproval says that the editions of a slot go without approval.
var ErrNoApproval = errors.New("it needs no approval: it goes unless somebody holds it")

// UnprovedError says why a version can't be approved: there is no proof yet, or it is not
// what the edition would be.
type UnprovedError struct {
	// At is when the first proof is made, if it is not made yet.
	At time.Time
	// Last is the last proof's version, Now the desk's; zero if there is none.
	Last, Now digest.ContentHash
}

func (e *UnprovedError) Error() string {
	switch {
	case !e.At.IsZero():
		return "there is no proof of it yet"
	case e.Last == e.Now || e.Now == digest.ContentHash{}:
		return fmt.Sprintf("the last proof is version %s", e.Last)
	case e.Last == digest.ContentHash{}:
		return fmt.Sprintf("it is version %s by now", e.Now)
	}
	return fmt.Sprintf("the last proof is version %s, and by now the desk has made it version %s", e.Last, e.Now)
}

// Approve keeps somebody's word that a version of an edition to come may go: the one whose
// hash begins so or, if that is empty, the last proof, as long as the desk has not changed.
// What was approved goes, whatever the desk has at its time. It gives the version.
func (p *Publisher) Approve(ctx context.Context, a digest.Act, beginning string, dry bool) (digest.ContentHash, error) {
	slot, err := p.Slot(a.Edition.Slot)
	if err != nil {
		return a.Hash, err
	}
	due, ok := slot.At(a.Edition.Date)
	if !slot.NeedsApproval || p.Prover == nil || !ok || a.Edition.Sequence > 1 {
		return a.Hash, ErrNoApproval
	}
	d, err := p.Recall(ctx, slot, a.Edition.Date)
	if err != nil {
		return a.Hash, err
	}
	if d.Record.State == "" {
		d.Record = digest.Record{ID: a.Edition, State: digest.Due}
	}
	if _, err := d.Record.After(digest.Approve); err != nil {
		return a.Hash, err
	}
	if at := slot.Proved(due); p.Now().Before(at) {
		return a.Hash, &UnprovedError{At: at}
	}
	if a.Hash, err = p.meant(ctx, slot, a.Edition, slot.Opens(due), beginning, dry); err != nil || dry {
		return a.Hash, err
	}
	a.Kind, a.At = digest.Approve, p.Now()
	_, _, err = p.Acts.Act(ctx, a, slot.Title)
	return a.Hash, err
}

// meant gives the version that somebody approves. One that was shown by "plan" and of which
// no proof was made is kept as one, unless it is only tried.
func (p *Publisher) meant(
	ctx context.Context, slot Slot, id digest.ID, cutOff time.Time, beginning string, dry bool,
) (digest.ContentHash, error) {
	all, err := p.Prover.Proofs.Proofs(ctx, id)
	if err != nil {
		return digest.ContentHash{}, err
	}
	var last digest.KeptProof
	if len(all) > 0 {
		last = all[len(all)-1]
	}
	if last.Key > 0 && last.Hash.Is(beginning) {
		return last.Hash, nil
	}
	now, err := p.Version(ctx, slot, id.Date, cutOff)
	unread := err
	hash := now.Hash()
	if unread != nil {
		hash = digest.ContentHash{}
	}
	switch {
	case beginning == "" && last.Key > 0 && (hash == last.Hash || unread != nil):
		// A desk that can't be read changes nothing of what was proved.
		return last.Hash, nil
	case unread == nil && hash.Is(beginning) && !dry:
		return hash, p.Prover.Proofs.KeepProof(ctx, now, last.Key, nil, p.Now())
	case unread == nil && hash.Is(beginning):
		return hash, nil
	}
	return hash, cmp.Or(unread, error(&UnprovedError{Last: last.Hash, Now: hash}))
}

// Version gives all that would be entered if an edition to come were opened as the desk has
// it now.
func (p *Publisher) Version(
	ctx context.Context, slot Slot, date digest.Date, cutOff time.Time,
) (o digest.Opening, err error) {
	d, err := p.Decide(ctx, slot, date, cutOff, digest.Words{})
	if err != nil {
		return o, err
	}
	d.Due, _ = slot.At(date)
	return p.render(d)
}

// Shown gives what Version does, with the decision. Of an edition for which there is too
// little to print, or whose articles can't be read, nothing would be entered: the decision's
// refusal says why.
func (p *Publisher) Shown(
	ctx context.Context, slot Slot, date digest.Date, cutOff time.Time,
) (d Decision, o digest.Opening, err error) {
	d, err = p.Decide(ctx, slot, date, cutOff, digest.Words{})
	if unread, ok := errors.AsType[*unreadError](err); ok {
		d.Refusal = cmp.Or(d.Refusal, Refusal{Unread, unread.Error()})
		return d, o, nil
	}
	if err != nil || d.over() || !d.Enough() {
		return d, o, err
	}
	d.Due, _ = slot.At(date)
	o, err = p.render(d)
	return d, o, err
}

// approvedEvening opens the version of an edition that was approved, or waits for one within
// the slot's grace.
func (p *Publisher) approvedEvening(
	ctx context.Context, slot Slot, date digest.Date, due time.Time,
) (Decision, error) {
	d, err := p.decideApproved(ctx, slot, date, due)
	if err != nil {
		return d, err
	}
	if err := p.doubt(slot, date); err != nil {
		return d, err
	}
	p.heed(&d)
	if d, err = p.Open(ctx, d); err != nil {
		return d, err
	}
	return d, p.record(ctx, d)
}

// decideApproved decides for the version that was approved last.
func (p *Publisher) decideApproved(
	ctx context.Context, slot Slot, date digest.Date, due time.Time,
) (Decision, error) {
	d, past, err := p.recall(ctx, digest.ID{Date: date, Slot: slot.Name, Sequence: 1})
	if err != nil {
		return d, err
	}
	d.Slot, d.Due = slot, due
	if p.Cautions != nil {
		if d.Caution, err = p.Cautions.Caution(ctx); err != nil {
			return d, err
		}
	}
	if d.Refusal = d.byBook(); d.Refused() {
		return d, nil
	}
	late := p.Now().Sub(due) > slot.Grace
	why, err := p.takeApproved(ctx, &d)
	switch {
	case err != nil:
		return d, err
	case why != "" && late:
		d.Refusal = Refusal{TooLate, why + fmt.Sprintf(" within the grace of %s", slot.Grace)}
	case why != "":
		if why == nobodyApproved {
			if quiet, ok := p.quiet(ctx, slot, date, due); ok {
				return quiet, nil
			}
		}
		d.Refusal = Refusal{Unapproved, why + " yet"}
	default:
		d.Refusal = d.byClock(p.Now(), slot.Opens(due))
		d.Edition.PaperNumber = past.NextNumber(slot.FirstNumber)
	}
	return d, nil
}

// quiet says whether an edition that nobody approved has too few articles to be one: then
// there was nothing to approve. A source that is slow is asked before that is said.
func (p *Publisher) quiet(ctx context.Context, slot Slot, date digest.Date, due time.Time) (Decision, bool) {
	d, err := p.Decide(ctx, slot, date, slot.Opens(due), digest.Words{})
	if err == nil && d.Refusal.Kind == TooFew {
		d, err = p.DecideFresh(ctx, slot, date, slot.Opens(due), digest.Words{})
	}
	return d, err == nil && d.Refusal.Kind == TooFew
}

// nobodyApproved is why an edition that needs approval does not go.
const nobodyApproved = "nobody has approved it"

// takeApproved has an edition print what was approved, or says that nothing was.
func (p *Publisher) takeApproved(ctx context.Context, d *Decision) (why string, err error) {
	if p.Prover == nil {
		return nobodyApproved, nil
	}
	all, err := p.Prover.Proofs.Proofs(ctx, d.Edition.ID)
	if err != nil {
		return "", err
	}
	proof, ok := digest.Approved(all)
	if !ok {
		return nobodyApproved, nil
	}
	o, err := p.Prover.Proofs.Proof(ctx, proof.Key)
	if err != nil {
		return "", err
	}
	printed, err := p.Past.Printed(ctx)
	if err != nil {
		return "", err
	}
	for _, a := range o.Edition.Articles {
		if by := printed[a.ID]; by != (digest.ID{}) && by != d.Edition.ID {
			return fmt.Sprintf("edition %s has printed %s since it was approved, and nobody has approved another version",
				by, a.ID), nil
		}
	}
	d.approved, d.Edition = &o, o.Edition
	return "", nil
}
