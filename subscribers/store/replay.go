package store

import (
	"context"
	"slices"
	"time"

	"vesper/subscribers"
)

// replay is the departures since a backup being done once more, in a database that was
// made of it.
type replay struct {
	*core
	// since has what became of each address since the backup, by its HMAC.
	since map[string]*subscribers.Since
	// all are the departures themselves, last the ID of the backup's last one.
	all  []subscribers.Departure
	last int64
	// readers are the rows that they are about, addresses all that the erased ones are
	// called by.
	readers   map[string]leaver
	addresses map[string]subscribers.Address
}

// leaver is a row that a departure is about.
type leaver struct {
	id      int64
	address string
	key     string
	status  subscribers.Status
}

// Replayed counts what a replay has done.
type Replayed struct {
	// Left counts the readers of the backup who are off the list now, Erased the addresses
	// of it that were erased, Returned those who came back after the backup and had left
	// before it: they are not readers here.
	Left, Erased, Returned int
}

// replayed does all departures since the backup once more. What was decided about an
// address is written at once, from its end: the way there does not matter.
func (s *core) replayed(ctx context.Context, all []subscribers.Departure, last int64, now time.Time) (Replayed, error) {
	var n Replayed
	s.replaying = true
	defer func() { s.replaying = false }()
	r := &replay{core: s, since: map[string]*subscribers.Since{}, all: all, last: last}
	for _, d := range all {
		if len(d.Hash) == 0 {
			continue
		}
		one := r.since[string(d.Hash)]
		if one == nil {
			one = &subscribers.Since{}
			r.since[string(d.Hash)] = one
		}
		one.Add(d)
	}
	if len(r.since) > 0 {
		if err := r.find(ctx); err != nil {
			return n, err
		}
	}
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		for _, d := range all {
			// Each address once, in the order in which they first left.
			if one := r.since[string(d.Hash)]; one != nil && !one.Done {
				one.Done = true
				if err := r.do(ctx, c, d.Hash, one, &n, now); err != nil {
					return err
				}
			}
		}
		return r.record(ctx, c)
	})
	if err != nil {
		return n, err
	}
	for hash, a := range r.addresses {
		if _, err := (&List{s}).Erase(ctx, a, r.since[hash].At); err != nil {
			return n, err
		}
		n.Erased++
	}
	return n, nil
}

// find looks for the rows that the departures are about, and for erased addresses wherever
// one may stand.
func (r *replay) find(ctx context.Context) error {
	r.readers, r.addresses = map[string]leaver{}, map[string]subscribers.Address{}
	rows, err := r.read.Query(ctx, `SELECT id, address, address_key, status FROM subscribers`)
	err = each(rows, err, func(scan scanner) error {
		var one leaver
		if err := scan(&one.id, &one.address, &one.key, &one.status); err != nil {
			return err
		}
		if hash := string(r.hidden(one.key)); r.since[hash] != nil {
			r.readers[hash] = one
			r.erased(hash, one.address)
		}
		return nil
	})
	if err != nil {
		return err
	}
	rows, err = r.read.Query(ctx, `SELECT address FROM letters WHERE address <> ''
		UNION SELECT address FROM signups WHERE address <> '' UNION SELECT address FROM reports WHERE address <> ''
		UNION SELECT address FROM moves UNION SELECT former FROM moves WHERE former <> ''`)
	return each(rows, err, func(scan scanner) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		if a, err := subscribers.ParseAddress(text); err == nil {
			r.erased(string(r.hidden(a.Key())), text)
		}
		return nil
	})
}

// erased keeps an address that is to be erased.
func (r *replay) erased(hash, text string) {
	if one := r.since[hash]; one != nil && one.Erased {
		if a, err := subscribers.ParseAddress(text); err == nil {
			r.addresses[hash] = a
		}
	}
}

// do brings one address to its end.
func (r *replay) do(ctx context.Context, c conn, hash []byte, one *subscribers.Since, n *Replayed, now time.Time,
) error {
	for reason, at := range one.Reasons {
		if _, err := r.enterReasonOf(ctx, c, hash, reason, at); err != nil {
			return err
		}
	}
	if one.Leaves() {
		if err := voidOf(ctx, c, hash, now); err != nil {
			return err
		}
	}
	if one.Erased {
		if _, err := c.Exec(ctx, `DELETE FROM confirmations WHERE address_hash = $1`, hash); err != nil {
			return err
		}
	}
	row, ok := r.readers[string(hash)]
	if !ok {
		return nil
	}
	if one.Leaves() && row.status == subscribers.Active {
		n.Left++
	}
	if one.Returned && row.status.Off() {
		n.Returned++
	}
	_, later := r.addresses[string(hash)]
	switch {
	case later: // Erase looks for what stands in the row
	case one.Gone || one.Erased:
		return r.remove(ctx, c, row, now)
	case len(one.Reasons) > 0:
		return r.takeOff(ctx, c, row, one)
	case one.Paused:
		_, err := c.Exec(ctx, `UPDATE subscribers SET paused_until = $1 WHERE id = $2`, one.Until, row.id)
		return err
	}
	return nil
}

// remove deletes a row, with what waits for its reader.
func (r *replay) remove(ctx context.Context, c conn, row leaver, now time.Time) error {
	if a, err := subscribers.ParseAddress(row.address); err == nil {
		_, err := r.removeChunk(ctx, c, []subscribers.Address{a}, toTheEnd, now)
		return err
	}
	// The grammar has come to refuse it.
	if err := skipWaiting(ctx, c, row.id, erased, now); err != nil {
		return err
	}
	_, err := c.Exec(ctx, `DELETE FROM subscribers WHERE id = $1`, row.id)
	return err
}

// takeOff does what the rules say of each reason, as it was done when the reader left.
func (r *replay) takeOff(ctx context.Context, c conn, row leaver, one *subscribers.Since) error {
	for _, reason := range subscribers.Reasons {
		at, ok := one.Reasons[reason]
		if !ok {
			continue
		}
		is, key, err := scanFacts(c.QueryRow(ctx, selectFacts+` WHERE id = $1`, row.id).Scan)
		if err != nil {
			return err
		}
		if err := r.addWords(ctx, c, key, &is); err != nil {
			return err
		}
		// It stands already: the rule is to take the row off all the same.
		is.Suppressions = slices.DeleteFunc(is.Suppressions, func(has string) bool { return has == reason })
		change := is.Suppress(reason, at)
		if reason == subscribers.ByReader {
			change = is.Leave(at)
		}
		if err := r.apply(ctx, c, key, change, at); err != nil {
			return err
		}
	}
	return nil
}

// record enters the departures themselves, so that journals go on after them. Where the readers' pages are up, who has
// left meanwhile comes before.
func (r *replay) record(ctx context.Context, c conn) error {
	if len(r.all) == 0 {
		return nil
	}
	now, err := lastDeparture(ctx, c)
	if err != nil {
		return err
	}
	meanwhile := max(0, now-r.last)
	for _, d := range r.all {
		var hash any
		if len(d.Hash) > 0 {
			hash = d.Hash
		}
		if _, err := c.Exec(ctx, `INSERT INTO departures (id, kind, at, address_hash, until) VALUES ($1, $2, $3, $4, $5)`,
			d.ID+meanwhile, d.Kind, d.At.Unix(), hash, d.Until); err != nil {
			return err
		}
	}
	return nil
}

// gap gives up to when it is known who left after the backup: the time of the last
// departure before the first that is missing, or what the journals say if none is.
func gap(all []subscribers.Departure, last int64, h subscribers.History, madeAt time.Time) (time.Time, bool) {
	known := madeAt
	for _, d := range all {
		if d.ID != last+1 {
			return known, true
		}
		last = d.ID
		if d.At.After(known) {
			known = d.At
		}
	}
	if h.Last > last {
		return known, true
	}
	if h.To.After(known) {
		known = h.To
	}
	return known, false
}
