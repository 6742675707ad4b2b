package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"vesper/digest"
	"vesper/subscribers"
)

const selectSubscriber = `SELECT id, public_id, address, name, status, reason, timezone, variant, evenings, slots,
	paused_until, created_at, confirmed_at, left_at, asked_at, asked_from, consent_at, consent_from,
	source, source_hash, source_row, tags FROM subscribers`

// scanSubscriber reads a row. When the address is one that the grammar refuses
// by now, the error says whose it is.
func scanSubscriber(scan scanner) (subscribers.Subscriber, error) {
	var s subscribers.Subscriber
	var address, slots, tags string
	var public int64
	var created, confirmed, left, asked, consent sql.NullInt64
	if err := scan(&s.ID, &public, &address, &s.Name, &s.Status, &s.Reason, &s.Timezone, &s.Variant, &s.Evenings, &slots,
		&s.PausedUntil, &created, &confirmed, &left, &asked, &s.Consent.AskedFrom, &consent, &s.Consent.ConfirmedFrom,
		&s.Provenance.Source, &s.Provenance.SHA256, &s.Provenance.Row, &tags); err != nil {
		return s, err
	}
	s.PublicID, s.Created, s.Confirmed, s.Left = uint64(public), instant(created), instant(confirmed), instant(left)
	s.Consent.AskedAt, s.Consent.ConfirmedAt = instant(asked), instant(consent)
	s.Slots = split(slots)
	var err error
	if s.Tags, err = readTags(tags); err != nil {
		return s, fmt.Errorf("subscriber %d: its tags: %w", s.ID, err)
	}
	if s.Address, err = subscribers.ParseAddress(address); err != nil {
		return s, fmt.Errorf("subscriber %d: its address is not one that mail can be sent to", s.ID)
	}
	return s, nil
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

func findSubscriber(ctx context.Context, q conn, addressKey string) (subscribers.Subscriber, error) {
	s, err := scanSubscriber(q.QueryRow(ctx, selectSubscriber+` WHERE address_key = ?`, addressKey).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = digest.ErrNotFound
	}
	return s, err
}

// Subscriber gives the reader with this address, or digest.ErrNotFound.
func (s *List) Subscriber(ctx context.Context, a subscribers.Address) (subscribers.Subscriber, error) {
	found, err := findSubscriber(ctx, s.read, a.Key())
	if err = errors.Join(err, s.fill(ctx, s.read, &found)); err != nil {
		return found, fmt.Errorf("find a subscriber: %w", err)
	}
	return found, nil
}

// Reader gives the reader with this public ID, or digest.ErrNotFound.
func (s *List) Reader(ctx context.Context, publicID uint64) (subscribers.Subscriber, error) {
	found, err := findReader(ctx, s.read, publicID)
	if err = errors.Join(err, s.fill(ctx, s.read, &found)); err != nil {
		return found, fmt.Errorf("find a reader: %w", err)
	}
	return found, nil
}

func findReader(ctx context.Context, q conn, publicID uint64) (subscribers.Subscriber, error) {
	s, err := scanSubscriber(q.QueryRow(ctx, selectSubscriber+` WHERE public_id = ?`, int64(publicID)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = digest.ErrNotFound
	}
	return s, err
}

// fill adds what stands against a reader, of whom an active one has nothing.
func (s *core) fill(ctx context.Context, q conn, r *subscribers.Subscriber) (err error) {
	if r.ID != 0 && r.Status != subscribers.Active {
		r.Suppressions, err = s.reasons(ctx, q, r.Address.Key())
	}
	return err
}

// Subscribers gives everybody on the list in the order of their addresses, one
// at a time and as they are at one moment. An error ends it.
func (s *List) Subscribers(ctx context.Context) iter.Seq2[subscribers.Subscriber, error] {
	return func(yield func(subscribers.Subscriber, error) bool) {
		// Both questions are asked on one connection: waiting for a second one while
		// holding the first could go on for ever.
		held, err := s.db.Conn(ctx)
		if err != nil {
			yield(subscribers.Subscriber{}, fmt.Errorf("list the subscribers: %w", err))
			return
		}
		defer held.Close()
		c := plainly{held}
		rows, err := c.Query(ctx, selectSubscriber+` ORDER BY address_key`)
		if err != nil {
			yield(subscribers.Subscriber{}, fmt.Errorf("list the subscribers: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			found, err := scanSubscriber(rows.Scan)
			if err = errors.Join(err, s.fill(ctx, c, &found)); err != nil {
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
