package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"vesper/subscribers"
)

// Receive enters a sign-up: the same row, whoever it is. If a limit is reached, it
// enters nothing and says how long to wait. Once it returns, the row is on the disk.
//
// What a network is told depends on what was typed there and on nothing else, so each
// mailbox counts that was named, letter or not. All together are counted by the letters
// that were posted, and those that may be.
func (s *List) Receive(ctx context.Context, up subscribers.SignUp, limits subscribers.Limits,
) (wait subscribers.Delay, err error) {
	err = s.write.whole(ctx, func(ctx context.Context, c conn) error {
		door := turnstile{c, up, s.hidden(up.Address.Box())}
		if wait, err = door.delay(ctx, limits); err != nil || wait.Wait > 0 {
			return err
		}
		var network any
		if up.Client.IsValid() {
			network = octets(up.Client)
		}
		if err := keepForm(ctx, c, up.Form, up.At); err != nil {
			return err
		}
		_, err := c.Exec(ctx, `INSERT INTO signups (address, asked_at, asked_from, network, mailbox_hash, step, form)
			VALUES ($1, $2, $3, $4, $5, 'waiting', $6)`,
			up.Address.String(), up.At.Unix(), up.From, network, door.mailbox, up.Form.Version)
		return err
	})
	if err != nil {
		return wait, fmt.Errorf("receive a sign-up: %w", err)
	}
	return wait, nil
}

// turnstile asks for the limits of one sign-up.
type turnstile struct {
	conn    conn
	up      subscribers.SignUp
	mailbox []byte
}

func (d turnstile) delay(ctx context.Context, limits subscribers.Limits) (subscribers.Delay, error) {
	for _, l := range limits.Of(d.up.Client) {
		first, last := bounds(l.Network)
		others, err := d.nth(ctx, `SELECT max(asked_at) AS at FROM signups WHERE network BETWEEN $1 AND $2
			AND asked_at > $3 AND asked_at <= $4 AND mailbox_hash <> $5 GROUP BY mailbox_hash`, l.Most,
			first, last, d.since(subscribers.LimitsWindow), d.until(), d.mailbox)
		if err != nil {
			return subscribers.Delay{}, err
		}
		repeated, err := d.nth(ctx, `SELECT asked_at AS at FROM signups WHERE network BETWEEN $1 AND $2
			AND asked_at > $3 AND asked_at <= $4`, l.Most*subscribers.Repeats,
			first, last, d.since(subscribers.LimitsWindow), d.until())
		if wait := max(others, repeated); err != nil || wait > 0 {
			return subscribers.Delay{Wait: wait, Limit: "/" + strconv.Itoa(l.Network.Bits())}, err
		}
	}
	most := limits.All
	if isNew, err := d.isNew(ctx); err != nil {
		return subscribers.Delay{}, err
	} else if isNew {
		most += limits.New
	}
	wait, err := d.nth(ctx, `SELECT max(asked_at) AS at FROM signups WHERE step <> 'none'
		AND asked_at > $1 AND asked_at <= $2 AND mailbox_hash <> $3 GROUP BY mailbox_hash`, most,
		d.since(subscribers.LimitsWindow), d.until(), d.mailbox)
	if err != nil || wait == 0 {
		return subscribers.Delay{}, err
	}
	return subscribers.Delay{Wait: wait, Limit: subscribers.InAll}, nil
}

// nth gives how long it takes until fewer than n of the times that a query gives are
// within the hour; 0 is that they are fewer now.
func (d turnstile) nth(ctx context.Context, query string, n int, args ...any) (time.Duration, error) {
	last := strconv.Itoa(len(args) + 1)
	var at sql.NullInt64
	err := d.conn.QueryRow(ctx, `SELECT at FROM (`+query+`) AS counted ORDER BY at DESC LIMIT 1 OFFSET $`+last,
		append(args, max(0, n-1))...).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return max(time.Second, instant(at).Add(subscribers.LimitsWindow).Sub(d.up.At)), err
}

// isNew says whether the client's network has had no letter within a day.
func (d turnstile) isNew(ctx context.Context) (bool, error) {
	network, ok := subscribers.Newcomer(d.up.Client)
	if !ok {
		return false, nil
	}
	first, last := bounds(network)
	var had bool
	err := d.conn.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM signups WHERE network BETWEEN $1 AND $2
		AND asked_at > $3 AND asked_at <= $4 AND step <> 'none')`,
		first, last, d.since(subscribers.NewAfter), d.until()).Scan(&had)
	return !had, err
}

func (d turnstile) since(window time.Duration) int64 { return d.up.At.Add(-window).Unix() }

// until is a minute ahead: what a clock that ran ahead wrote keeps nobody out for long.
func (d turnstile) until() int64 { return d.up.At.Add(time.Minute).Unix() }

// octets is the smallest network of a client as it is stored: no more of the address is
// kept than the limits ask for.
func octets(client netip.Addr) []byte {
	bits := 56
	a := client.Unmap().WithZone("")
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return nil
	}
	b := p.Addr().As16()
	return b[:]
}

// bounds gives the first and the last address of a network, as they are stored.
func bounds(network netip.Prefix) (first, last []byte) {
	from := network.Masked().Addr().As16()
	to := from
	bits := network.Bits()
	if network.Addr().Is4() {
		bits += 96
	}
	for i := bits; i < 128; i++ {
		to[i/8] |= 0x80 >> (i % 8)
	}
	return from[:], to[:]
}

// Waiting gives n sign-ups at most that nobody has looked at, the oldest first, of those
// after an ID.
func (s *List) Waiting(ctx context.Context, after int64, n int) ([]subscribers.SignUp, error) {
	var all []subscribers.SignUp
	rows, err := s.read.Query(ctx, `SELECT id, address, asked_at, asked_from, form FROM signups
		WHERE step = 'waiting' AND id > $1 ORDER BY id LIMIT $2`, after, n)
	err = each(rows, err, func(scan scanner) error {
		var one subscribers.SignUp
		var address string
		var at sql.NullInt64
		if err := scan(&one.ID, &address, &at, &one.From, &one.Form.Version); err != nil {
			return err
		}
		one.At = instant(at)
		// An address that the grammar refuses by now stays empty: it gets no letter.
		one.Address, _ = subscribers.ParseAddress(address)
		all = append(all, one)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look into the inbox: %w", err)
	}
	return all, nil
}

// Close says that a sign-up gets no letter, and forgets whose it was. One that was
// looked at already stays as it is.
func (s *List) Close(ctx context.Context, id int64) error {
	err := s.write.one(ctx, func(ctx context.Context, c conn) error {
		_, err := closeSignUp(ctx, c, id, "none")
		return err
	})
	if err != nil {
		return fmt.Errorf("close sign-up %d: %w", id, err)
	}
	return nil
}

// closeSignUp keeps what became of a sign-up, and says whether it had waited for that.
func closeSignUp(ctx context.Context, c conn, id int64, step string) (waited bool, err error) {
	n, err := c.Exec(ctx, `UPDATE signups SET step = $1, address = '', asked_from = ''
		WHERE id = $2 AND step = 'waiting'`, step, id)
	return n > 0, err
}

// forgetSignUps deletes the rows that no limit asks for any more.
func forgetSignUps(ctx context.Context, c conn, now time.Time) error {
	_, err := c.Exec(ctx, `DELETE FROM signups WHERE step <> 'waiting' AND (asked_at < $1 OR asked_at > $2
		OR step = 'none' AND asked_at < $3)`, now.Add(-subscribers.NewAfter).Unix(),
		now.Add(subscribers.NewAfter).Unix(), now.Add(-subscribers.LimitsWindow).Unix())
	return err
}
