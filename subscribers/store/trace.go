package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// lookBack is how many editions back a Message-ID or a queue's name is looked for.
const lookBack = 60

// Trace implements returns.Store. What proves most is asked first: a token of a return
// path, a link to leave, and then what has to be compared with the ledger. Whatever
// proves it, the ledger must have begun such a message to this reader: a key alone can't
// tell a message that was never sent.
func (s *List) Trace(ctx context.Context, c subscribers.Clues) (subscribers.Found, error) {
	t := tracing{core: s.core, clues: c}
	var err error
	if t.ring, err = s.Keyring(ctx); err != nil {
		return subscribers.Found{}, err
	}
	for _, by := range []func(context.Context) (subscribers.Found, error){
		t.byToken, t.byLink, t.byNames, t.byAddress, t.byDate,
	} {
		found, err := by(ctx)
		if err != nil {
			return subscribers.Found{}, fmt.Errorf("find out whose a report is: %w", err)
		}
		if found.Proof == subscribers.NotProven {
			continue
		}
		if found.Other, err = t.other(ctx, found.Subscriber); err != nil {
			return subscribers.Found{}, fmt.Errorf("find out whose a report is: %w", err)
		}
		return found, nil
	}
	return subscribers.Found{}, nil
}

// tracing finds out whose one report is.
type tracing struct {
	*core
	clues subscribers.Clues
	ring  subscribers.Keyring
}

// byToken reads the tokens of return paths. The first one of a reader decides: it is
// that of the envelope, and others may stand in what a stranger wrote.
func (t *tracing) byToken(ctx context.Context) (none subscribers.Found, err error) {
	for _, token := range t.clues.Tokens {
		public, edition, err := t.ring.ReturnPath(token)
		if err != nil {
			continue
		}
		reader, err := t.reader(ctx, public)
		if err != nil {
			return none, err
		}
		sent, err := t.was(ctx, reader, edition)
		if err != nil || !sent {
			return none, err
		}
		return subscribers.Found{Proof: subscribers.ByReturnPath, Subscriber: reader, Edition: edition}, nil
	}
	return none, nil
}

// other says whether the clues name an address that is not this reader's.
func (t *tracing) other(ctx context.Context, reader int64) (bool, error) {
	named, bad := subscribers.ParseAddress(t.clues.Address)
	if reader == 0 || bad != nil {
		return false, nil
	}
	var address string
	err := t.read.QueryRow(ctx, `SELECT address FROM subscribers WHERE id = $1`, reader).Scan(&address)
	if err != nil {
		return false, missing(err)
	}
	is, bad := subscribers.ParseAddress(address)
	return bad == nil && !named.Within(is), nil
}

// byLink reads the tokens of links to leave. They name no edition.
func (t *tracing) byLink(ctx context.Context) (none subscribers.Found, err error) {
	for _, token := range t.clues.Links {
		public, err := t.ring.Link(token, subscribers.ToUnsubscribe, time.Time{})
		if err != nil {
			continue
		}
		reader, err := t.reader(ctx, public)
		if err != nil {
			return none, err
		}
		edition, _, err := t.among(ctx, []int64{reader})
		return subscribers.Found{Proof: subscribers.ByLink, Subscriber: reader, Edition: edition.edition}, err
	}
	return none, nil
}

// byNames asks whether a message to whoever has the address had this Message-ID, or was
// given this name by the relay.
func (t *tracing) byNames(ctx context.Context) (none subscribers.Found, err error) {
	if t.clues.Address == "" || len(t.clues.MessageIDs)+len(t.clues.QueueIDs) == 0 {
		return none, nil
	}
	readers, err := t.named(ctx)
	if err != nil {
		return none, err
	}
	m, proof, err := t.among(ctx, readers)
	return subscribers.Found{Proof: proof, Subscriber: m.reader, Edition: m.edition}, err
}

// byAddress takes the reader who has exactly the address, where a provider's word stands
// behind it.
func (t *tracing) byAddress(ctx context.Context) (none subscribers.Found, err error) {
	a, bad := subscribers.ParseAddress(t.clues.Address)
	if !t.clues.Verified || bad != nil {
		return none, nil
	}
	var reader int64
	err = missing(t.read.QueryRow(ctx, `SELECT id FROM subscribers WHERE address_key = $1`, a.Key()).Scan(&reader))
	if errors.Is(err, digest.ErrNotFound) {
		return none, nil
	}
	return subscribers.Found{Proof: subscribers.ByWebhookSecret, Subscriber: reader}, err
}

// byDate asks whether the Message-ID is that of anybody in an edition of the time when
// the message was written: whoever passes on a complaint may leave out the address, and the
// reader who had it may be gone. For a provider's word the name of a queue is enough.
func (t *tracing) byDate(ctx context.Context) (none subscribers.Found, err error) {
	is := sought{t.messageIDs(), nil}
	if t.clues.Verified && len(t.clues.MessageIDs) == 0 {
		is.names = t.names()
	}
	if t.clues.Sent.IsZero() || len(is.ids)+len(is.names) == 0 {
		return none, nil
	}
	// One at a time: it takes a core for a while, and a stranger may ask for it.
	t.searching.Lock()
	defer t.searching.Unlock()
	editions, err := t.openedAround(ctx, t.clues.Sent)
	if err != nil {
		return none, err
	}
	left := mostCompared
	for _, edition := range editions {
		found, n, err := t.in(ctx, edition, is, left)
		if err != nil {
			return none, err
		}
		if reader := found.Subscriber; reader != 0 {
			sent, err := t.was(ctx, reader, edition)
			if err != nil || !sent {
				return none, err
			}
			there, err := has(ctx, t.read, `SELECT 1 FROM subscribers WHERE id = $1`, reader)
			if !there {
				found.Subscriber = 0
			}
			return found, err
		}
		if left -= n; left <= 0 {
			break
		}
	}
	return none, nil
}

// reader gives the row of the reader with a public ID, 0 if it is gone.
func (t *tracing) reader(ctx context.Context, public uint64) (int64, error) {
	var id int64
	err := missing(t.read.QueryRow(ctx, `SELECT id FROM subscribers WHERE public_id = $1`, int64(public)).Scan(&id))
	if errors.Is(err, digest.ErrNotFound) {
		return 0, nil
	}
	return id, err
}

// begun is the condition of a row of the ledger whose message may have left us.
const begun = `(step IN ('attempting', 'sent', 'failed', 'unknown') OR attempts > 0 OR doubts > 0 OR code <> 0)`

// was says whether the ledger has begun an edition to a reader. Of one who is gone it
// says whether there was such an edition; of letters there is nothing to ask.
func (t *tracing) was(ctx context.Context, reader int64, edition uint32) (bool, error) {
	switch {
	case edition == 0:
		return true, nil
	case reader == 0:
		return has(ctx, t.read, `SELECT 1 FROM editions WHERE number = $1`, edition)
	}
	return has(ctx, t.read, `SELECT 1 FROM deliveries WHERE edition = $1 AND subscriber = $2 AND `+begun,
		edition, reader)
}

// mostNamed is how many readers an address may stand for whose server took a part away.
const mostNamed = 20

// named gives the readers whom an address may mean: who has it, and if nobody does, who
// has it with something behind a plus, or without that.
func (t *tracing) named(ctx context.Context) ([]int64, error) {
	a, err := subscribers.ParseAddress(t.clues.Address)
	if err != nil {
		return nil, nil
	}
	key := a.Key()
	local, domain, _ := strings.Cut(key, "@")
	bare, _, _ := strings.Cut(local, "+")
	var all []int64
	add := func(scan scanner) error {
		var id int64
		err := scan(&id)
		all = append(all, id)
		return err
	}
	rows, err := t.read.Query(ctx, `SELECT id FROM subscribers WHERE address_key IN ($1, $2)`, key, bare+"@"+domain)
	if err := each(rows, err, add); err != nil {
		return nil, err
	}
	if bare != local {
		return all, nil
	}
	// The comma comes behind the plus.
	rows, err = t.read.Query(ctx, `SELECT id FROM subscribers WHERE address_key > $1 AND address_key < $2
		AND `+endsWith(t.read, `address_key`, `$3`)+` LIMIT $4`, bare+"+", bare+",", "@"+domain, mostNamed)
	return all, each(rows, err, add)
}
