package deliver

import "vesper/digest"

// sameRefusals is how many refusals of a message that nobody has taken yet, all
// with one code, say that the message is at fault.
const sameRefusals = 5

// stop ends the pass for all connections.
func (p *pass) stop(why digest.Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped.Class == "" || why.Class == digest.Account {
		p.stopped = why
	}
	p.cancel()
}

// fail ends the pass, and the run, for want of a ledger.
func (p *pass) fail(err error) {
	p.mu.Lock()
	p.failed = err
	p.mu.Unlock()
	p.cancel()
}

// note keeps a connection's fault, and logs it.
func (p *pass) note(trouble digest.Outcome) {
	p.mu.Lock()
	p.trouble = trouble
	p.mu.Unlock()
	p.waits(trouble)
	p.Log.Info("a connection to the relay failed", "class", trouble.Class, "code", trouble.Code, "why",
		trouble.Reason())
}

// waits tells whoever looks on why nothing gets through, or that something does.
func (p *pass) waits(why digest.Outcome) {
	if p.Waits != nil {
		p.Waits(why)
	}
}

// spares says whether a refusal of the message is to fail nobody: no reader has
// got it yet, and all were refused alike. After several it stops the pass.
func (p *pass) spares(o digest.Outcome) bool {
	if o.Class != digest.Refused || p.Proven || p.accepted.Load() > 0 {
		return false
	}
	p.mu.Lock()
	if p.refusals == 0 {
		p.refusal = o
	}
	same := p.refusal.Code == o.Code
	if same {
		p.refusals++
	}
	p.mixed = p.mixed || !same
	several := p.refusals >= sameRefusals
	p.mu.Unlock()
	if same && several {
		p.stop(o)
	}
	return same
}

// whyStopped says why the run can't go on, if it can't. A message that was
// refused to all who were tried, however few, is not tried on.
func (p *pass) whyStopped(proven bool) digest.Outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped.Class == digest.Refused && proven {
		// Another connection's message was taken just then.
		return digest.Outcome{}
	}
	if p.stopped.Class == "" && p.refusals > 0 && !proven && !p.mixed {
		return p.refusal
	}
	return p.stopped
}

// count keeps the score of the pass. A probe ends with the first answer to a
// message.
func (p *pass) count(o digest.Outcome, s digest.Settlement) {
	if o.Class == digest.Accepted {
		p.accepted.Add(1)
	}
	if o.Class != digest.Session && (s.Step != digest.Pending || s.Counted) {
		p.answered.Add(1)
		p.waits(digest.Outcome{})
		p.unproven.Store(0)
	}
	switch o.Class {
	case digest.Permanent, digest.Transient, digest.Local:
		// Of the message this says nothing.
	default:
		if p.Probe {
			p.cancel()
		}
	}
}
