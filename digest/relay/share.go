package relay

import (
	"context"

	"vesper/digest"
)

// Share is the part of a pool's connections that one ledger is worked over. Its
// Work may be called from many goroutines, each for one connection; those that are
// too many wait.
type Share struct {
	pool *Pool
	// number is the edition's, of no meaning for letters.
	number  uint32
	letters bool
}

// Letters gives the share of the letters: one connection to each relay, counted
// within Connections. Editions leave it free. Where they have all there are, since
// a relay has only one, or has turned out to take fewer than it did, an edition
// gives one up between two messages when a letter waits. It has it back when no
// letter is left.
func (p *Pool) Letters() *Share { return &Share{pool: p, letters: true} }

// Edition gives the share of the edition of this number. Editions work side by
// side, each over an equal part of the connections. Those that one leaves idle go
// to the newest edition, the one of the highest number, as far as it wants them,
// and then to the next. An edition that has more than its part gives the rest up
// between two messages when another waits. Where there are fewer connections than
// editions, the newest come first.
func (p *Pool) Edition(number uint32) *Share { return &Share{pool: p, number: number} }

// Work is [Relay.Work] over the first relay that is up. It waits for its turn
// until s is done or ctx ends. When no relay is up it returns Session, or Account
// if all refuse us, with what the first said. Of several relays the reply names
// the one that it is from.
func (s *Share) Work(ctx context.Context, stream digest.Stream) digest.Outcome {
	p := s.pool
	if err := p.Validate(); err != nil {
		return digest.Outcome{Class: digest.Account, Reply: err.Error()}
	}
	me, seen := p.enter(s)
	defer p.exit(me)
	var at *seat
	for {
		if at == nil {
			var end digest.Outcome
			if at, end = p.admit(ctx, me, stream, seen); at == nil {
				return end
			}
		}
		onward, end, over := p.connect(ctx, at, stream)
		if over {
			return end
		}
		at = onward
	}
}

// connect works over one connection in the seat at. It gives the outcome if that
// is the end of the work, and otherwise the seat to go on in: nil if one is to be
// waited for.
func (p *Pool) connect(
	ctx context.Context, at *seat, stream digest.Stream,
) (onward *seat, end digest.Outcome, over bool) {
	opening, opened := whileWanted(at.soft, stream)
	c, fault := at.route.relay.open(ctx, opening)
	if fault.outcome.Class != "" {
		p.refused(opening, at, fault)
		opened()
		switch {
		case ctx.Err() != nil:
			return nil, p.named(at.route, fault.outcome), true
		case isDone(stream):
			return nil, digest.Outcome{}, true
		}
		return nil, digest.Outcome{}, false
	}
	opened()
	p.opened(ctx, at)
	c.letters = at.sender.letters
	w := &watched{Stream: stream, pool: p, ctx: ctx, at: at, conn: c}
	how := c.work(ctx, at.soft, w)
	w.giveBack(ctx)
	gaveWay := at.soft.Err() != nil
	down := p.closed(ctx, w, how)
	end = how.outcome
	switch {
	case w.better != nil, how.again, end.Class == "" && gaveWay && ctx.Err() == nil:
		// Another connection is to go on: the stream has more.
		return w.better, digest.Outcome{}, false
	case end.Class != "" && down && len(p.Relays) > 1 && ctx.Err() == nil:
		// The others may take us.
		return nil, digest.Outcome{}, false
	}
	return nil, p.named(at.route, end), true
}

// isDone says whether nothing is to be begun from s any more.
func isDone(s digest.Stream) bool {
	select {
	case <-s.Done():
		return true
	default:
		return false
	}
}
