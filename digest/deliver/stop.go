package deliver

import (
	"vesper/digest"
	"vesper/digest/breaker"
)

// stop ends the pass for all connections.
func (p *pass) stop(why digest.Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped.Class == "" || why.Class == digest.Account {
		p.stopped = why
	}
	p.cancel()
}

// halt ends the pass, and the run, since somebody has stopped the edition.
func (p *pass) halt() {
	p.halted.Store(true)
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
	p.Log.Info("a connection to the relay failed", trouble.Attr(), "detail", trouble.Reason())
}

// waits tells whoever looks on why nothing gets through, or that something does.
func (p *pass) waits(why digest.Outcome) {
	if p.Waits != nil {
		p.Waits(why)
	}
}

// why says why the pass was broken off, if it was.
func (p *pass) why() digest.Outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stopped
}

// gotOn says whether the next pass may begin at once: this one has changed something.
func (p *pass) gotOn() bool {
	return !p.unsettled.Load() && (p.answers.Load() > 0 || p.trouble.Class == "" && p.handed.Load() > 0)
}

// count keeps the score of the pass. A probe ends when a message is taken, or refused
// for good.
func (p *pass) count(o digest.Outcome, s digest.Settlement) {
	if o.Class == digest.Accepted {
		p.accepted.Add(1)
	}
	refused := breaker.Refuses(o)
	if o.Class != digest.Session && (s.Step != digest.Pending || s.Counted || refused) {
		p.answers.Add(1)
		p.waits(digest.Outcome{})
		p.unproven.Store(0)
	}
	switch {
	case !p.Probe, o.Class == digest.Transient, o.Class == digest.Local,
		o.Class == digest.Permanent && !refused:
		// Of the relay this says nothing.
	case refused:
		o.Class = digest.Refused
		p.stop(o)
	default:
		p.cancel()
	}
}
