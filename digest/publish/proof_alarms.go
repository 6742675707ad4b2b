package publish

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
)

// lateProof is how long a proof may wait for the relay before somebody is told.
const lateProof = 2 * time.Minute

// proofAlarms says what is wrong with proofs, and what waits for approval although its time
// has come.
func (p *Publisher) proofAlarms(ctx context.Context) ([]digest.Alarm, error) {
	var all []digest.Alarm
	for _, slot := range p.Slots {
		days, err := p.proving(ctx, slot)
		if err != nil {
			return nil, err
		}
		told := false
		for _, day := range days {
			id := digest.ID{Date: day, Slot: slot.Name, Sequence: 1}
			// One alarm tells of a slot's proofs: that of the first day.
			if wrong, ok := p.unproved.Load(id); ok && !told {
				all, told = append(all, wrong.(digest.Alarm)), true
			}
			some, err := p.proofAlarm(ctx, slot, id)
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
	}
	return all, nil
}

// proofAlarm says what is wrong with the proofs of one edition.
func (p *Publisher) proofAlarm(ctx context.Context, slot Slot, id digest.ID) (all []digest.Alarm, err error) {
	proofs, err := p.Prover.Proofs.Proofs(ctx, id)
	if err != nil {
		return nil, err
	}
	a := digest.Alarm{Kind: digest.AlarmProof, About: id.String(), Edition: id.String()}
	a.Hint = fmt.Sprintf(`"vesper edition plan --slot %s" shows what goes`, slot.Name)
	if len(proofs) > 0 {
		last := proofs[len(proofs)-1]
		said := ""
		if last.Reply != "" {
			said = ": " + digest.WithoutAddresses(last.Reply)
		}
		switch {
		case last.Failed > 0:
			a.Reason = fmt.Sprintf("%d of %d letters with the proof were not taken%s", last.Failed, last.Letters, said)
			all = append(all, a)
		case last.Waiting() > 0 && p.Now().Sub(last.At) > lateProof:
			a.Reason = fmt.Sprintf("the proof waits for the relay since %s%s", last.At.In(p.Zone).Format("15:04 MST"), said)
			all = append(all, a)
		}
	}
	due, _ := slot.At(id.Date)
	if !slot.NeedsApproval || p.Now().Before(slot.Opens(due)) {
		return all, nil
	}
	var d Decision
	d.Edition.ID = id
	why, err := p.takeApproved(ctx, &d)
	if err != nil || why == "" {
		return all, err
	}
	return append(all, digest.Alarm{
		Kind: digest.AlarmHeld, About: id.String(), Edition: id.String(),
		Reason: fmt.Sprintf("its time has come, and %s: it is missed at %s",
			why, due.Add(slot.Grace).In(p.Zone).Format("15:04 MST")),
		Hint: fmt.Sprintf(`"vesper edition approve %s" lets it go`, id),
	}), nil
}
