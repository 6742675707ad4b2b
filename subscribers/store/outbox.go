package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"vesper/digest"
)

// Outbox is the letters. It implements deliver.Ledger and deliver.Composer; a row's
// key is the letter's ID. Letters don't ask for a reader's status: a goodbye goes
// to one who has left.
type Outbox struct{ *queue }

// forget is what happens to a letter at its end. No bytes are written in a way that
// PostgreSQL understands too.
const forget = `address = '', return_path = '', bytes = substr(bytes, 1, 0)`

func newOutbox(c *core) *Outbox {
	q := &queue{
		core: c, name: "the outbox", row: "letter", table: "letters", volume: "letters", key: "id",
		patient: `first_due_at`, old: "letter too old", forget: forget + `, `,
		owed: `FROM letters WHERE `,
		values: []string{
			`id`, withLength(`kind`), withLength(`address`), `due_at`, `first_due_at`, `deferred_at`, `attempts`, `doubts`,
			withLength(`suspect`),
		},
		reading: func(context.Context) (func(scan scanner) (digest.Delivery, error), error) {
			return readLetter, nil
		},
	}
	return &Outbox{q.ready()}
}

// readLetter reads a row of Owed. The variant is the letter's kind; there are no
// tokens, since the letter is written.
func readLetter(scan scanner) (digest.Delivery, error) {
	var d digest.Delivery
	var kind, address, suspect string
	var due, firstDue, deferred sql.NullInt64
	err := scan(&d.Key, &kind, &address, &due, &firstDue, &deferred, &d.Attempts, &d.Doubts, &suspect)
	d.Variant, d.Address, d.Suspect = strings.Clone(kind), strings.Clone(address), digest.Suspect(strings.Clone(suspect))
	d.Due, d.FirstDue, d.Deferred = instant(due), instant(firstDue), instant(deferred)
	return d, err
}

// Post puts a letter into the outbox, due at now, and gives its ID. A copy to a reader who is
// not active is digest.ErrNotFound.
func (o *Outbox) Post(ctx context.Context, l digest.Letter, now time.Time) (int64, error) {
	var id int64
	err := o.write.one(ctx, func(ctx context.Context, c conn) (err error) {
		var subscriber any
		if l.Subscriber != 0 {
			subscriber = l.Subscriber
		}
		if l.Kind == digest.Copy {
			active, err := has(ctx, c, `SELECT 1 FROM subscribers WHERE id = $1 AND status = 'active'`, l.Subscriber)
			if err != nil || !active {
				return cmp.Or(err, digest.ErrNotFound)
			}
		}
		id, err = post(ctx, c, l, subscriber, now)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("post a %s letter: %w", l.Kind, err)
	}
	return id, nil
}

// post enters a letter about a subscriber, or about none if that is nil.
func post(ctx context.Context, c conn, l digest.Letter, subscriber any, now time.Time) (int64, error) {
	var id int64
	err := c.QueryRow(ctx, `INSERT INTO letters (kind, address, return_path, bytes, step,
			due_at, first_due_at, at, created_at, subscriber)
		VALUES ($1, $2, $3, $4, 'pending', $5, $5, $5, $5, $6) RETURNING id`,
		l.Kind, l.Address, l.ReturnPath, l.Bytes, now.Unix(), subscriber).Scan(&id)
	return id, err
}

// Compose implements deliver.Composer with the letter as it was posted. A letter
// at its end is digest.ErrNotFound.
func (o *Outbox) Compose(d digest.Delivery) (digest.Envelope, error) {
	e := digest.Envelope{Delivery: d}
	err := o.read.QueryRow(context.Background(), `SELECT return_path, address, bytes FROM letters
		WHERE id = $1 AND step IN ('pending', 'attempting')`, d.Key).Scan(&e.From, &e.To, &e.Data)
	if err != nil {
		return digest.Envelope{}, fmt.Errorf("compose letter %d: %w", d.Key, missing(err))
	}
	return e, nil
}

// near is how many letters before and after one are looked at: they are sent in about the order of their IDs.
const near = 1000

// Stuck gives since when the oldest letter is due that is, and how many are due since before then, if the relay has
// answered for none of those around it since then; 0 if it has, or none is.
func (o *Outbox) Stuck(ctx context.Context, then time.Time) (letters int, since time.Time, err error) {
	var id, due int64
	err = o.read.QueryRow(ctx, `SELECT id, due_at FROM letters WHERE step = 'pending' AND due_at <= $1
		ORDER BY due_at, id LIMIT 1`, then.Unix()).Scan(&id, &due)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, time.Time{}, nil
	}
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("look for letters that wait: %w", err)
	}
	var answered bool
	err = o.read.QueryRow(ctx, `SELECT (SELECT count(*) FROM letters WHERE step = 'pending' AND due_at <= $1),
		EXISTS (SELECT 1 FROM letters WHERE id BETWEEN $2 AND $3 AND code <> 0 AND at > $1)`,
		then.Unix(), id-near, id+near).Scan(&letters, &answered)
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("look for letters that wait: %w", err)
	}
	if answered {
		letters = 0
	}
	return letters, time.Unix(due, 0), nil
}

const selectLetter = `SELECT kind, step, reason, code, enhanced, reply, created_at, at`

func scanLetter(scan scanner, rest ...any) (digest.PostedLetter, error) {
	var l digest.PostedLetter
	var created, at sql.NullInt64
	err := scan(append([]any{&l.Kind, &l.Step, &l.Reason, &l.Code, &l.Enhanced, &l.Reply, &created, &at}, rest...)...)
	l.Created, l.At = instant(created), instant(at)
	return l, err
}

// Letter gives what has become of a letter, or digest.ErrNotFound.
func (o *Outbox) Letter(ctx context.Context, id int64) (digest.PostedLetter, error) {
	l, err := scanLetter(o.read.QueryRow(ctx, selectLetter+` FROM letters WHERE id = $1`, id).Scan)
	if err != nil {
		return digest.PostedLetter{}, fmt.Errorf("read letter %d: %w", id, missing(err))
	}
	return l, nil
}

// LettersTo gives what became of the letters to a subscriber, the oldest first.
func (o *Outbox) LettersTo(ctx context.Context, subscriber int64) ([]digest.PostedLetter, error) {
	all, err := o.letters(ctx, `subscriber = $1`, subscriber)
	if err != nil {
		return nil, fmt.Errorf("read the letters to subscriber %d: %w", subscriber, err)
	}
	return all, nil
}

// Last gives the ID of the letter that was posted last, 0 for none.
func (o *Outbox) Last(ctx context.Context) (int64, error) {
	var id int64
	err := o.read.QueryRow(ctx, `SELECT COALESCE(MAX(id), 0) FROM letters`).Scan(&id)
	return id, err
}

// LettersAfter gives what became of the letters that were posted after the one with
// this ID, the oldest first.
func (o *Outbox) LettersAfter(ctx context.Context, id int64) ([]digest.PostedLetter, error) {
	all, err := o.letters(ctx, `id > $1`, id)
	if err != nil {
		return nil, fmt.Errorf("read the letters after %d: %w", id, err)
	}
	return all, nil
}

// letters gives those that meet a condition in SQL on $1, the oldest first.
func (o *Outbox) letters(ctx context.Context, where string, arg int64) (all []digest.PostedLetter, err error) {
	rows, err := o.read.Query(ctx, selectLetter+` FROM letters WHERE `+where+` ORDER BY id`, arg)
	err = each(rows, err, func(scan scanner) error {
		l, err := scanLetter(scan)
		all = append(all, l)
		return err
	})
	return all, err
}
