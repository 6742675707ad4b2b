package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vesper/digest"
)

// Proofs is the record of the proofs that were made of editions to come.
type Proofs interface {
	// Proofs gives an edition's proofs, the first one first.
	Proofs(ctx context.Context, id digest.ID) ([]digest.KeptProof, error)
	// Proof gives what a proof would enter, or digest.ErrNotFound for one that is neither
	// the edition's last nor approved.
	Proof(ctx context.Context, key int64) (digest.Opening, error)
	// KeepProof keeps a proof and posts its letters, in one transaction. It is
	// digest.ErrExists if the last proof is another than the one with the key after, or if
	// the edition is not to come any more: then nothing is posted.
	KeepProof(ctx context.Context, o digest.Opening, after int64, letters []digest.Letter, now time.Time) error
}

// Prover has editions to come proved: mailed to those who look at them first. No edition
// waits for a letter of it.
type Prover struct {
	Proofs Proofs
	// To are the addresses that proofs are mailed to.
	To []string
	// Link gives the address of the desk page of an edition, for one of them alone; nil: there
	// are no desk pages.
	Link func(ctx context.Context, id digest.ID, to string) (string, error)
}

// proofsApart is how long it takes from one proof of an edition to the next at least.
const proofsApart = 5 * time.Minute

// serveProofs has each edition proved at its time, and again where the desk changes, until
// ctx ends.
func (p *Publisher) serveProofs(ctx context.Context) {
	if p.Prover == nil || !slices.ContainsFunc(p.Slots, func(s Slot) bool { return s.ProofBefore > 0 }) {
		return
	}
	for ctx.Err() == nil {
		if p.mayOpen(ctx) == nil && !p.Watch.Jumped() {
			p.proveDue(ctx)
		}
		rest := lookEvery
		for _, s := range p.Slots {
			now := p.Now()
			if next := s.Next(now.Add(s.ProofBefore)); s.ProofBefore > 0 && !next.IsZero() {
				rest = min(rest, s.Proved(next).Sub(now))
			}
		}
		p.pause(ctx, max(rest, time.Second), nil)
	}
}

// proveDue has proved what is to be at present.
func (p *Publisher) proveDue(ctx context.Context) {
	for _, slot := range p.Slots {
		days, err := p.proving(ctx, slot)
		if err != nil && ctx.Err() == nil {
			p.Log.Error("can't read what is to be proved", "slot", slot.Name, "err", err)
		}
		if err != nil {
			continue
		}
		p.unproved.Range(func(id, _ any) bool {
			if id := id.(digest.ID); id.Slot == slot.Name && !slices.Contains(days, id.Date) {
				p.unproved.Delete(id)
			}
			return true
		})
		for _, day := range days {
			err := p.proveDay(ctx, slot, day)
			if errors.Is(err, digest.ErrExists) || ctx.Err() != nil {
				continue
			}
			p.hearProof(slot, day, err)
		}
	}
}

// proving gives the days of a slot whose editions are between their proof and their opening,
// or wait for somebody's word since.
func (p *Publisher) proving(ctx context.Context, slot Slot) ([]digest.Date, error) {
	if p.Prover == nil || slot.ProofBefore == 0 {
		return nil, nil
	}
	now := p.Now()
	past, err := p.Past.History(ctx, slot.Name, now)
	if err != nil || past.Since.IsZero() {
		return nil, err
	}
	var days []digest.Date
	last := digest.DateOf(now.Add(slot.ProofBefore).In(slot.zone))
	for day := last.AddDays(-2); day.Compare(last) <= 0; day = day.AddDays(1) {
		due, ok := slot.At(day)
		waits := slot.NeedsApproval || past.Days[day] == digest.Held
		switch {
		case !ok, due.Before(past.Since), !past.Open(day), now.Before(slot.Proved(due)), now.Sub(due) > slot.Grace,
			!now.Before(slot.Opens(due)) && !waits:
		default:
			days = append(days, day)
		}
	}
	return days, nil
}

// flawsError says that files of the desk could not be read for a proof.
type flawsError struct{ flaws []*digest.Flaw }

func (e *flawsError) Error() string {
	said := e.flaws[0].Error()
	if n := len(e.flaws) - 1; n > 0 {
		said += fmt.Sprintf(", and %d more", n)
	}
	return "a file of the desk can't be read: " + said
}

// proveDay makes a proof of a day's edition if there is none yet, or what would go now
// differs from the last one.
func (p *Publisher) proveDay(ctx context.Context, slot Slot, date digest.Date) error {
	id := digest.ID{Date: date, Slot: slot.Name, Sequence: 1}
	all, err := p.Prover.Proofs.Proofs(ctx, id)
	if err != nil {
		return err
	}
	decide := p.DecideFresh
	var last digest.KeptProof
	if len(all) > 0 {
		last, decide = all[len(all)-1], p.Decide
		// A clock that was set back says nothing of how long ago that was.
		if since := p.Now().Sub(last.At); since >= 0 && since < proofsApart {
			return digest.ErrExists
		}
	}
	due, _ := slot.At(date)
	d, err := decide(ctx, slot, date, slot.Opens(due), digest.Words{})
	if err != nil {
		return err
	}
	d.Due = due
	if d.Record.State.Opened() || d.over() || !d.Enough() {
		return digest.ErrExists
	}
	o, err := p.render(d)
	if err != nil {
		return err
	}
	if o.Hash() != last.Hash {
		if err := p.proveNow(ctx, d, o, all); err != nil {
			return err
		}
	}
	if len(d.Flaws) > 0 {
		return &flawsError{d.Flaws}
	}
	return nil
}

// proveNow keeps and mails a proof. One that can't be written is kept all the same: it may
// be approved.
func (p *Publisher) proveNow(ctx context.Context, d Decision, o digest.Opening, all []digest.KeptProof) error {
	remarks, err := p.remarks(ctx, d, o, all)
	if err != nil {
		return err
	}
	letters, unwritten := p.proofLetters(ctx, d.Edition, remarks)
	after := int64(0)
	if len(all) > 0 {
		after = all[len(all)-1].Key
	}
	if err := p.Prover.Proofs.KeepProof(ctx, o, after, letters, p.Now()); err != nil {
		return err
	}
	p.Log.Info("proof posted", "edition", d.Edition.ID, "hash", o.Hash(), "articles", len(d.Edition.Articles),
		"letters", len(letters))
	return unwritten
}

// proofLetters writes a proof to each of those who get it, with the link that is theirs.
func (p *Publisher) proofLetters(ctx context.Context, e digest.Edition, remarks []string) ([]digest.Letter, error) {
	if p.Prover.Link == nil {
		return p.Proofs(e, p.Prover.To, digest.Designed, remarks...)
	}
	var letters []digest.Letter
	for _, to := range p.Prover.To {
		link, err := p.Prover.Link(ctx, e.ID, to)
		if err != nil {
			return nil, err
		}
		one, err := p.proofsOf(p.Renderer.Proof(remarks...).AtDesk(link), e, []string{to}, digest.Designed)
		if err != nil {
			return nil, err
		}
		letters = append(letters, one...)
	}
	return letters, nil
}

// hearProof keeps what went wrong with a proof, as an alarm.
func (p *Publisher) hearProof(slot Slot, date digest.Date, err error) {
	id := digest.ID{Date: date, Slot: slot.Name, Sequence: 1}
	if err == nil {
		p.unproved.Delete(id)
		return
	}
	a := digest.Alarm{
		Kind: digest.AlarmProof, About: slot.Name, Edition: id.String(),
		Reason: strings.ReplaceAll(err.Error(), "\n", " "),
		Hint:   fmt.Sprintf(`"vesper edition plan --slot %s" shows it`, slot.Name),
	}
	if _, ok := errors.AsType[*flawsError](err); !ok {
		a.Reason = "the proof can't be made: " + a.Reason
	}
	if was, ok := p.unproved.Load(id); !ok || was != a {
		p.Log.Error("the proof of an edition needs a look", "edition", id, "reason", a.Reason)
	}
	p.unproved.Store(id, a)
}
