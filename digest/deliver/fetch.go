package deliver

import (
	"context"
	"slices"

	"vesper/digest"
	"vesper/digest/breaker"
)

// setAside is how many envelopes are set aside at most, for domains that are to be
// taken last.
const setAside = 50

// fetch gives what this connection sends next: in the suspects' lane the next of it,
// else what the breaker says. It gives none when there is no more, the pass is to begin
// nothing new, or this connection is not to.
func (s *stream) fetch(ctx context.Context) (composed, bool) {
	if s.alone {
		return s.fetchAlone(ctx)
	}
	s.pass.judge.speaks(s.number, ctx)
	for s.soft.Err() == nil && ctx.Err() == nil {
		turn, changes := s.pass.judge.turn(s.number, s.more())
		switch turn.Do {
		case breaker.Plain:
			if c, ok := s.pick(turn); ok {
				return c, true
			}
			s.pass.judge.release(s.number, turn)
			s.waitFor(ctx, s.pass.judge.since(changes), true)
		case breaker.Again:
			return s.pass.composed(turn.Row), true
		case breaker.Control:
			return composed{envelope: digest.Envelope{Control: turn.To}}, true
		case breaker.Wait:
			s.waitFor(ctx, s.pass.judge.since(changes), false)
		case breaker.End:
			s.ended = true
			return composed{}, false
		case breaker.Leave:
			return composed{}, false
		}
	}
	s.pass.judge.leave(s.number)
	return composed{}, false
}

// fetchAlone gives the next suspect of breaking connections. The breaker does not judge
// those.
func (s *stream) fetchAlone(ctx context.Context) (composed, bool) {
	if s.soft.Err() != nil || ctx.Err() != nil {
		return composed{}, false
	}
	select {
	case c, ok := <-s.ready:
		s.finishIfEmpty()
		if ok && s.handed > 0 && s.pass.othersAreDue(s.soft) {
			s.finish()
			return composed{}, false
		}
		return c, ok
	case <-s.soft.Done():
	case <-ctx.Done():
	}
	return composed{}, false
}

// waitFor waits until something has changed, or more says that also the next envelope will
// do: that is set aside, to be picked.
func (s *stream) waitFor(ctx context.Context, changed <-chan struct{}, more bool) {
	var ready <-chan composed
	var rows <-chan []digest.Delivery
	if more {
		ready, rows = s.ready, s.rows
		s.taking.Add(1)
	}
	var got []composed
	var next []digest.Delivery
	select {
	case c, ok := <-ready:
		if ok {
			got = append(got, c)
		}
	case next = <-rows:
	case <-changed:
	case <-s.soft.Done():
	case <-ctx.Done():
	}
	if more {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.aside = append(s.aside, got...)
		if len(s.lane.next) > 0 {
			next = append(s.lane.next, next...)
		}
		if len(next) > 0 {
			s.lane.next = next
		}
		s.taking.Add(-1)
		s.finishIfNone()
	}
}

// isOver says whether nothing is left for this stream.
func (s *stream) isOver() bool {
	return s.lane.isOver() && (s.alone || !s.pass.judge.suspects())
}

// more says whether rows under no suspicion are left, or may be.
func (l *lane) more() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.empty()
}

// pick gives an envelope that lies ready, as the breaker's turn wants it. Those of a
// refused message are dropped: their rows stay as they are. Those of domains to be
// avoided are set aside until there is no other, or too many are.
func (l *lane) pick(turn breaker.Turn) (composed, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.finishIfNone()
	if turn.Skip != nil {
		l.aside = slices.DeleteFunc(l.aside, func(c composed) bool { return turn.Skip(c.row) })
	}
	for {
		for i, c := range l.aside {
			if turn.Avoid == nil || !turn.Avoid(c.row) {
				return l.takeAside(i), true
			}
		}
		if len(l.aside) >= setAside || !l.setNextAside(turn) {
			break
		}
	}
	if len(l.aside) >= setAside || len(l.aside) > 0 && l.allComposed.Load() && !l.someReady() {
		return l.takeAside(0), true
	}
	return composed{}, false
}

// takeAside takes an envelope from those set aside. The caller holds mu.
func (l *lane) takeAside(i int) composed {
	c := l.aside[i]
	l.aside = slices.Delete(l.aside, i, i+1)
	return c
}

// setNextAside sets the next envelope aside, if one lies ready. The caller holds mu.
func (l *lane) setNextAside(turn breaker.Turn) bool {
	for {
		c, ok := l.takeReady()
		if !ok {
			return false
		}
		if turn.Skip == nil || !turn.Skip(c.row) {
			l.aside = append(l.aside, c)
			return true
		}
	}
}

// takeReady gives the next that lies ready. The caller holds mu.
func (l *lane) takeReady() (composed, bool) {
	if len(l.next) == 0 {
		select {
		case l.next = <-l.rows:
		default:
		}
	}
	if len(l.next) > 0 {
		row := l.next[0]
		l.next = l.next[1:]
		return composed{row: row, later: true}, true
	}
	select {
	case c, ok := <-l.ready:
		return c, ok
	default:
		return composed{}, false
	}
}
