package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"time"

	"vesper/subscribers"
)

// enrolment adds readers within one transaction.
type enrolment struct {
	store *core
	conn  conn
	now   time.Time
	// nobodyBarred says that there is no suppression at all: none is looked up.
	nobodyBarred bool
	// new says that the last row was of a new reader, as most in a file are: the next one
	// is entered without a look whether its reader is there.
	new bool
}

func (s *core) openEnrolment(ctx context.Context, c conn, now time.Time) (*enrolment, error) {
	in := &enrolment{store: s, conn: c, now: now}
	nobodyLeft := false
	err := c.QueryRow(ctx, `SELECT NOT EXISTS (SELECT 1 FROM suppressions),
		NOT EXISTS (SELECT 1 FROM departures WHERE kind <> 'begun')`).Scan(&in.nobodyBarred, &nobodyLeft)
	if nobodyLeft && s.writer != nil {
		s.writer.nobodyLeft = true
	}
	return in, err
}

// enrol does what the rules say of a row. Most rows are of readers who are there and
// stay as they are, or of new ones. For those it reads no more than an outline.
func (in *enrolment) enrol(ctx context.Context, row subscribers.Row) (subscribers.Effect, error) {
	if err := row.Check(); err != nil {
		return 0, err
	}
	a := row.Subscriber.Address
	is := subscribers.Facts{Subscriber: subscribers.Subscriber{Address: a}}
	effect := subscribers.KeepsOff
	if len(row.Subscriber.Suppressions) == 0 {
		if in.new {
			var err error
			if in.new, err = in.add(ctx, row); in.new || err != nil {
				return subscribers.Adds, err
			}
		}
		o, err := in.store.outline(ctx, in.conn, a.Key(), in.nobodyBarred)
		if err != nil {
			return 0, err
		}
		effect, _ = row.Effect(o)
		in.new = effect == subscribers.Adds
		if effect == subscribers.LeavesAlone || effect == subscribers.KeepsOff {
			return effect, nil
		}
	}
	if effect != subscribers.Adds {
		var err error
		if is, err = in.store.facts(ctx, in.conn, a); err != nil {
			return 0, err
		}
	}
	change, effect := is.Import(row, in.now)
	if effect == subscribers.Adds {
		_, err := in.enter(ctx, change)
		return effect, err
	}
	in.nobodyBarred = in.nobodyBarred && len(change.Bar) == 0
	return effect, in.store.apply(ctx, in.conn, a.Key(), change, in.now)
}

// add adds the reader of a row, unless the reader is there or something stands against
// the address.
func (in *enrolment) add(ctx context.Context, row subscribers.Row) (bool, error) {
	a := row.Subscriber.Address
	if !in.nobodyBarred {
		against, err := in.store.reasons(ctx, in.conn, a.Key())
		if len(against) > 0 || err != nil {
			return false, err
		}
	}
	is := subscribers.Facts{Subscriber: subscribers.Subscriber{Address: a}}
	change, _ := is.Import(row, in.now)
	return in.enter(ctx, change)
}

// enter makes the row of a new reader, which is all that the change asks for, unless
// there is one.
func (in *enrolment) enter(ctx context.Context, change subscribers.Change) (bool, error) {
	r := change.After
	n, err := enterRow(ctx, in.conn, r, ` ON CONFLICT (address_key) DO NOTHING`)
	if n == 0 || err != nil || r.Status != subscribers.Active {
		return n > 0, err
	}
	return true, in.store.comeBack(ctx, in.conn, r.Address.Key(), in.now)
}

// outline reads the outline of what is known of an address.
func (s *core) outline(ctx context.Context, q conn, addressKey string, nobodyBarred bool,
) (subscribers.Outline, error) {
	var o subscribers.Outline
	err := q.QueryRow(ctx, `SELECT status, asked_at IS NOT NULL, consent_at IS NOT NULL
		FROM subscribers WHERE address_key = $1`, addressKey).Scan(&o.Status, &o.Asked, &o.Consented)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return o, err
	}
	if nobodyBarred || !o.Open() {
		return o, nil
	}
	against, err := s.reasons(ctx, q, addressKey)
	return o.Barred(len(against) > 0), err
}

// EnrolPlan counts what EnrolAll would do with these rows now, and changes nothing. It
// remembers the addresses that would not stay as they are, some 30 bytes each.
func (s *List) EnrolPlan(ctx context.Context, rows iter.Seq[subscribers.Row]) (subscribers.Counts, error) {
	counts, err := s.plan(ctx, rows)
	if err != nil {
		return counts, fmt.Errorf("plan an import: %w", err)
	}
	return counts, nil
}

func (s *core) plan(ctx context.Context, rows iter.Seq[subscribers.Row]) (subscribers.Counts, error) {
	var counts subscribers.Counts
	c, err := s.hold(ctx)
	if err != nil {
		return counts, err
	}
	defer c.close()
	planned, seed := map[uint64]subscribers.Outline{}, maphash.MakeSeed()
	for row := range rows {
		if err := row.Check(); err != nil {
			return counts, err
		}
		key := row.Subscriber.Address.Key()
		hash := maphash.String(seed, key)
		o, ok := planned[hash]
		if !ok {
			if o, err = s.outline(ctx, c, key, false); err != nil {
				return counts, err
			}
		}
		effect, then := row.Effect(o)
		if then != o {
			planned[hash] = then
		}
		counts.Count(effect)
	}
	return counts, nil
}

// enterRow makes a row of a reader, and gives how many it has made. One without a public
// ID gets a random one. The clause is that of a conflict, if any.
func enterRow(ctx context.Context, c conn, r subscribers.Facts, clause string) (int64, error) {
	if r.PublicID == 0 {
		var random [8]byte
		rand.Read(random[:])
		r.PublicID = binary.BigEndian.Uint64(random[:])
	}
	tags, err := writeTags(r.Tags)
	if err != nil {
		return 0, err
	}
	return c.Exec(ctx, `INSERT INTO subscribers (public_id, address, address_key, name, status, timezone, variant,
			evenings, slots, paused_until, created_at, confirmed_at, asked_at, asked_from, consent_at, consent_from,
			source, source_hash, source_row, tags, reason, left_at, invited_at, form)
		VALUES ($1, $2, $3, $4, $5, $6, $7,
			$8, $9, $10, $11, $12, $13, $14, $15, $16,
			$17, $18, $19, $20, $21, $22, $23, $24)`+clause,
		int64(r.PublicID), r.Address.String(), r.Address.Key(), r.Name, r.Status, r.Timezone, r.Variant,
		r.Evenings.Whole(), join(r.Slots), r.PausedUntil, r.Created.Unix(), seconds(r.Confirmed),
		seconds(r.Consent.AskedAt), r.Consent.AskedFrom, seconds(r.Consent.ConfirmedAt), r.Consent.ConfirmedFrom,
		r.Provenance.Source, r.Provenance.SHA256, r.Provenance.Row, tags, r.Reason, seconds(r.Left),
		seconds(r.Invited), r.Consent.Form)
}
