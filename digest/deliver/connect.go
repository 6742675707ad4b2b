package deliver

import (
	"context"

	"vesper/digest"
)

// connect works over one connection after another until no envelope of the lane is
// left.
func (p *pass) connect(soft, hard context.Context, l *lane) {
	s := &stream{
		pass: p, lane: l, number: int(p.streams.Add(1)), soft: soft, hard: hard, intents: map[int64]*intent{},
	}
	defer p.judge.exit(s.number)
	failures, before := 0, p.answers.Load()
	for soft.Err() == nil && !s.isOver() && !s.ended {
		s.blamed, s.unproven = false, false
		end := p.Relay.Work(hard, s)
		s.catchUp()
		p.judge.leave(s.number)
		if answered := p.answers.Load(); answered > before || end.Class == "" || s.blamed {
			// Somebody gets through, on this connection or another.
			failures, before = 0, answered
		}
		switch {
		case end.Class == "" || s.blamed:
			continue
		case s.unproven && !p.Probe:
			// The next row shows whether it was this one.
			p.note(end)
			continue
		case end.Class == digest.Account:
			p.stop(end)
			return
		case p.halted.Load():
			return
		}
		failures++
		p.note(end)
		if p.impatient(failures) || p.Probe {
			p.stop(end)
			return
		}
		if p.outlived() {
			p.cancel()
			return
		}
		wait(soft, l.over, p.policy.backoff(failures))
	}
}
