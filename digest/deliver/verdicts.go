package deliver

import (
	"errors"
	"time"

	"vesper/digest"
	"vesper/digest/breaker"
)

// answered tells the breaker what became of an envelope, once that is recorded, and does
// what follows from it.
func (s *stream) answered(e digest.Envelope, o digest.Outcome) {
	if s.alone {
		return
	}
	if o.Class == digest.Accepted && e.Control == nil {
		s.pass.policy.known.took(e)
	}
	s.pass.follow(s.pass.judge.answer(s.number, e, o, s.pass.policy.Now()))
}

// drop tells the breaker that a row is not sent after all.
func (s *stream) drop(row digest.Delivery) {
	s.answered(digest.Envelope{Delivery: row}, digest.Outcome{Class: digest.Local})
}

// follow does what the breaker says.
func (p *pass) follow(j breaker.Judgement) {
	for _, s := range j.Fail {
		p.answers.Add(1)
		p.Log.Info("not delivered", p.Row, s.Row.Key, s.Outcome.Attr(), "step", digest.Failed)
		p.conclude(s, digest.Settlement{Step: digest.Failed, At: p.policy.Now(), Outcome: s.Outcome})
	}
	if j.Rest != "" {
		p.rest(j)
	}
}

// conclude records what becomes of a suspect that nobody has in hand. Who has left
// meanwhile, or was decided on by a word, stays as is. What can't be recorded stays under
// suspicion.
func (p *pass) conclude(s breaker.Suspect, settlement digest.Settlement) {
	err := p.Ledger.Settle(p.books, s.Row, settlement)
	if err != nil && !errors.Is(err, digest.ErrTaken) {
		p.unsettled.Store(true)
		p.Log.Error("can't record an outcome", p.Row, s.Row.Key, "err", err)
	}
}

// rest leaves a relay alone that refuses what it was sent. Where no other one may take
// that, the pass is over.
func (p *pass) rest(j breaker.Judgement) {
	why := j.Why
	why.Class = digest.Refused
	if j.Hop {
		why.Class = digest.Account
	}
	p.Log.Warn("the relay refuses our messages, and is not used for a while", "relay", j.Rest, why.Attr(),
		"detail", why.Reason())
	if !j.Hop || !p.Relay.Rest(j.Rest, why) {
		p.stop(why)
	}
}

// aYear is longer than anything is owed.
const aYear = 365 * 24 * time.Hour

// leaveLater ends a pass for the suspects that are left: they are tried again later, like
// those deferred, unless a relay is to rest.
func (p *pass) leaveLater() error {
	if !p.judge.suspects() {
		return nil
	}
	now := p.policy.Now()
	others, err := p.Ledger.Owed(p.books, p.Range, now.Add(aYear), nil, 1)
	if err != nil {
		return err
	}
	later, j := p.judge.over(now, len(others) > 0 && others[0].Suspect == "")
	p.follow(j)
	if p.why().Class != "" {
		return nil
	}
	for _, s := range later {
		settlement := digest.Settlement{At: now, Outcome: s.Outcome, Suspect: s.Row.Suspect}
		p.policy.postpone(&settlement, s.Row, s.Row.Ends(p.Until))
		p.conclude(s, settlement)
	}
	return nil
}
