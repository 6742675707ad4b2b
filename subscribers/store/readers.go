package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"vesper/subscribers"
)

const subscriberColumns = `id, public_id, address, name, status, reason, timezone, variant, evenings, slots,
	paused_until, created_at, confirmed_at, left_at, asked_at, asked_from, form, consent_at, consent_from,
	source, source_hash, source_row, tags`

const selectSubscriber = `SELECT ` + subscriberColumns + ` FROM subscribers`

// scanSubscriber reads a row. When the address is one that the grammar refuses
// by now, the error says whose it is.
func scanSubscriber(scan scanner) (subscribers.Subscriber, error) {
	s, address, err := scanRow(scan)
	if err != nil {
		return s, err
	}
	if s.Address, err = subscribers.ParseAddress(address); err != nil {
		return s, fmt.Errorf("subscriber %d: its address is not one that mail can be sent to", s.ID)
	}
	return s, nil
}

// scanRow reads a row whose columns end in more than a subscriber's, and gives the
// address as it is stored.
func scanRow(scan scanner, more ...any) (s subscribers.Subscriber, address string, err error) {
	var slots, tags string
	var public int64
	var created, confirmed, left, asked, consent sql.NullInt64
	into := []any{
		&s.ID, &public, &address, &s.Name, &s.Status, &s.Reason, &s.Timezone, &s.Variant, &s.Evenings, &slots,
		&s.PausedUntil, &created, &confirmed, &left, &asked, &s.Consent.AskedFrom, &s.Consent.Form,
		&consent, &s.Consent.ConfirmedFrom, &s.Provenance.Source, &s.Provenance.SHA256, &s.Provenance.Row, &tags,
	}
	if err := scan(append(into, more...)...); err != nil {
		return s, "", err
	}
	s.PublicID, s.Created, s.Confirmed, s.Left = uint64(public), instant(created), instant(confirmed), instant(left)
	s.Consent.AskedAt, s.Consent.ConfirmedAt = instant(asked), instant(consent)
	s.Slots = split(slots)
	if s.Tags, err = readTags(tags); err != nil {
		return s, address, fmt.Errorf("subscriber %d: its tags: %w", s.ID, err)
	}
	return s, address, nil
}

// join writes the names of slots such that each is found between its commas.
func join(slots []string) string {
	if len(slots) == 0 {
		return ""
	}
	return "," + strings.Join(slots, ",") + ","
}

// split reads what join gave.
func split(slots string) []string {
	if slots == "" {
		return nil
	}
	return strings.Split(strings.Trim(slots, ","), ",")
}

func writeTags(tags []string) (string, error) {
	if len(tags) == 0 {
		return "", nil
	}
	b, err := json.Marshal(tags)
	return string(b), err
}

func readTags(text string) (tags []string, err error) {
	if text != "" {
		err = json.Unmarshal([]byte(text), &tags)
	}
	return tags, err
}

// Subscriber gives the reader with this address, or digest.ErrNotFound.
func (s *List) Subscriber(ctx context.Context, a subscribers.Address) (subscribers.Subscriber, error) {
	found, err := s.find(ctx, s.read, ` WHERE address_key = $1`, a.Key())
	if err != nil {
		return found, fmt.Errorf("find a subscriber: %w", err)
	}
	return found, nil
}

// Reader gives the reader with this public ID, or digest.ErrNotFound.
func (s *List) Reader(ctx context.Context, publicID uint64) (subscribers.Subscriber, error) {
	found, err := s.find(ctx, s.read, ` WHERE public_id = $1`, int64(publicID))
	if err != nil {
		return found, fmt.Errorf("find a reader: %w", err)
	}
	return found, nil
}

// AddressesOf gives the addresses of rows. One that is gone is left out.
func (s *List) AddressesOf(ctx context.Context, ids []int64) (map[int64]subscribers.Address, error) {
	all := map[int64]subscribers.Address{}
	for part := range slices.Chunk(ids, 500) {
		var in []string
		for _, id := range part {
			in = append(in, strconv.FormatInt(id, 10))
		}
		rows, err := s.read.Query(ctx, `SELECT id, address FROM subscribers WHERE id IN (`+strings.Join(in, ", ")+`)`)
		if err := each(rows, err, func(scan scanner) error {
			var id int64
			var text string
			err := scan(&id, &text)
			if err == nil {
				all[id], err = subscribers.ParseAddress(text)
			}
			return err
		}); err != nil {
			return nil, fmt.Errorf("read the addresses of readers: %w", err)
		}
	}
	return all, nil
}

func (s *core) find(ctx context.Context, q conn, where string, key any) (subscribers.Subscriber, error) {
	found, err := scanSubscriber(q.QueryRow(ctx, selectSubscriber+where, key).Scan)
	return found, errors.Join(missing(err), s.addReasons(ctx, q, &found))
}

// addReasons adds what stands against a reader. An active one has nothing.
func (s *core) addReasons(ctx context.Context, q conn, r *subscribers.Subscriber) (err error) {
	if r.ID != 0 && r.Status != subscribers.Active {
		r.Suppressions, err = s.reasons(ctx, q, r.Address.Key())
	}
	return err
}

// hold gives a connection for many questions, on which each statement is compiled
// once. Ask all questions on it: to wait for a second connection while holding one may
// take for ever.
func (s *core) hold(ctx context.Context) (held, error) { return s.reads.hold(ctx) }

// Subscribers gives everybody on the list in the order of their addresses, one at a
// time, as they are at one moment. It ends at the first error.
func (s *List) Subscribers(ctx context.Context) iter.Seq2[subscribers.Subscriber, error] {
	return func(yield func(subscribers.Subscriber, error) bool) {
		c, err := s.hold(ctx)
		if err != nil {
			yield(subscribers.Subscriber{}, fmt.Errorf("list the subscribers: %w", err))
			return
		}
		defer c.close()
		rows, err := c.Query(ctx, selectSubscriber+` ORDER BY address_key`)
		if err != nil {
			yield(subscribers.Subscriber{}, fmt.Errorf("list the subscribers: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			found, err := scanSubscriber(rows.Scan)
			if err = errors.Join(err, s.addReasons(ctx, c, &found)); err != nil {
				yield(found, fmt.Errorf("list the subscribers: %w", err))
				return
			}
			if !yield(found, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(subscribers.Subscriber{}, fmt.Errorf("list the subscribers: %w", err))
		}
	}
}
