package deliver

import (
	"context"
	"strings"
	"time"

	"vesper/digest"
)

const (
	// witnesses is how many other readers a relay must have answered for, within this
	// time of a connection's end, for the end to be one row's and not the relay's.
	witnesses = 3
	within    = time.Minute
)

// mostUnproven is how many connections in a row may end for a row, as far as is known,
// before that is taken for the relay's trouble: so many bad addresses at the head of a
// list keep nobody waiting.
const mostUnproven = 10

// verdict is whose fault it was that a connection ended.
type verdict int

const (
	// nobody: no row is to blame, as far as is known.
	nobody verdict = iota
	// suspected: the row may be to blame, and is to go behind the others.
	suspected
	// guilty: the row was alone, and the connection ended again. That defers it.
	guilty
)

// scene is what a relay did to others around the end of a connection.
type scene struct {
	// alone says that the row was under suspicion, and had the connection to itself.
	alone bool
	// answered is how many others had an answer, and broken how many, under no
	// suspicion, had their connection end like this one.
	answered, broken int
}

// verdict judges the end of a connection. Where all connections end alike the relay is
// to blame.
func (s scene) verdict(o digest.Outcome) verdict {
	switch {
	case !blames(o):
		return nobody
	case s.alone && (s.answered > 0 || s.broken == 0):
		return guilty
	case !s.alone && s.answered >= witnesses:
		return suspected
	}
	return nobody
}

// blames says whether a connection ended in a way for which the row in it can be the
// reason. After refused recipients a relay is slow, or has seen too many errors, for
// reasons of its own.
func blames(o digest.Outcome) bool {
	if o.Class != digest.Session || !o.Ended.Recipient || o.Blameless {
		return false
	}
	tooMany := o.Code == 421 && strings.Contains(strings.ToLower(o.Reply), "too many errors")
	return !o.Ended.Refused || !o.Ended.Silent && !tooMany
}

// suspects says whether a row has come under suspicion since it was last settled, and
// enters that into the ledger. The row is read again then, among the suspects.
func (p *pass) suspects(soft context.Context, row digest.Delivery) bool {
	now := p.policy.Now()
	o, yes := p.policy.seen.suspect(row.Address, now)
	if !yes {
		return false
	}
	err := p.Ledger.Settle(soft, row, digest.Settlement{
		Step: digest.Pending, At: now, Due: row.Due, Outcome: o, Suspect: digest.OfConnection,
	})
	if err != nil {
		p.Log.Error("can't record that a recipient is under suspicion", p.Row, row.Key, "err", err)
	}
	return err == nil
}
