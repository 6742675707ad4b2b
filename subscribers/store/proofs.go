package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// Proofs implements publish.Proofs.
func (s *Book) Proofs(ctx context.Context, id digest.ID) ([]digest.KeptProof, error) {
	var all []digest.KeptProof
	rows, err := s.read.Query(ctx, `SELECT p.id, p.content_hash, p.at, p.approved_at, p.approval, count(l.id),
			count(*) FILTER (WHERE l.step = 'sent'),
			count(*) FILTER (WHERE l.step IN ('failed', 'expired', 'skipped', 'unknown')),
			max(CASE WHEN l.step = 'sent' THEN l.at END),
			coalesce(max(CASE WHEN l.step <> 'sent' THEN l.reply END), '')
		FROM proofs p LEFT JOIN proof_letters k ON k.proof = p.id LEFT JOIN letters l ON l.id = k.letter
		WHERE p.date = $1 AND p.slot = $2 AND p.sequence = $3
		GROUP BY p.id, p.content_hash, p.at, p.approved_at, p.approval ORDER BY p.id`, keyOf(id)...)
	err = each(rows, err, func(scan scanner) error {
		var k digest.KeptProof
		var hash []byte
		var at, approved, sent sql.NullInt64
		err := scan(&k.Key, &hash, &at, &approved, &k.Approval, &k.Letters, &k.Sent, &k.Failed, &sent, &k.Reply)
		copy(k.Hash[:], hash)
		k.At, k.Approved, k.SentAt = instant(at), instant(approved), instant(sent)
		all = append(all, k)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the proofs of edition %s: %w", id, err)
	}
	return all, nil
}

// Proof implements publish.Proofs.
func (s *Book) Proof(ctx context.Context, key int64) (digest.Opening, error) {
	var o digest.Opening
	var kept string
	err := s.read.QueryRow(ctx, `SELECT opening FROM proofs WHERE id = $1 AND opening <> ''`, key).Scan(&kept)
	if err = missing(err); err == nil {
		err = json.Unmarshal([]byte(kept), &o)
	}
	if err != nil {
		return o, fmt.Errorf("read proof %d: %w", key, err)
	}
	return o, nil
}

// KeepProof implements publish.Proofs: a proof and its letters are there together, or not
// at all.
func (s *Book) KeepProof(
	ctx context.Context, o digest.Opening, after int64, letters []digest.Letter, now time.Time,
) error {
	id, hash := o.Edition.ID, o.Hash()
	kept, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("keep a proof of edition %s: %w", id, err)
	}
	err = s.write.whole(ctx, func(ctx context.Context, c conn) error {
		if err := provable(ctx, c, id, after); err != nil {
			return err
		}
		if err := forgetProofs(ctx, c, id); err != nil {
			return err
		}
		var key int64
		err := c.QueryRow(ctx, `INSERT INTO proofs (date, slot, sequence, content_hash, at, opening)
			VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
			append(keyOf(id), hash.Bytes(), now.Unix(), string(kept))...).Scan(&key)
		for _, l := range letters {
			if err != nil {
				return err
			}
			var letter int64
			if letter, err = post(ctx, c, l, nil, now); err == nil {
				_, err = c.Exec(ctx, `INSERT INTO proof_letters (proof, letter) VALUES ($1, $2)`, key, letter)
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("keep a proof of edition %s: %w", id, err)
	}
	return nil
}

// provable gives digest.ErrExists for an edition that is not to come any more, or of which
// another proof was made meanwhile.
func provable(ctx context.Context, c conn, id digest.ID, after int64) error {
	decided, err := has(ctx, c, `SELECT 1 FROM editions`+byID+` AND state <> 'held'`, keyOf(id)...)
	if err != nil || decided {
		return cmp.Or(err, digest.ErrExists)
	}
	var last int64
	err = c.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM proofs`+byID, keyOf(id)...).Scan(&last)
	if err == nil && last != after {
		err = digest.ErrExists
	}
	return err
}

// forgetProofs forgets what the proofs of an edition would have entered, but for what is
// approved of it, and all of editions that are over for long. One of the day before may wait
// for its approval still.
func forgetProofs(ctx context.Context, c conn, id digest.ID) error {
	_, err := c.Exec(ctx, `UPDATE proofs SET opening = '' WHERE slot = $1 AND opening <> ''
		AND (date = $2 AND sequence = $3 OR date < $4)
		AND id <> coalesce((SELECT id FROM proofs WHERE slot = $1 AND date = $2 AND sequence = $3 AND approval > 0
			ORDER BY approval DESC LIMIT 1), 0)`,
		id.Slot, id.Date.String(), id.Sequence, id.Date.AddDays(-keepsProofs).String())
	return err
}

// keepsProofs is for how many days a version that was approved is kept, sent or not.
const keepsProofs = 7

// unapprove takes the approvals of an edition back: who cancels it, or has it decided again,
// means that what was approved does not go by itself.
func unapprove(ctx context.Context, c conn, id digest.ID) error {
	_, err := c.Exec(ctx, `UPDATE proofs SET approval = 0, approved_at = NULL`+byID, keyOf(id)...)
	return err
}

// approve marks the version that an act approves. It is digest.ErrUnchanged if that one was
// approved last, and digest.ErrNotFound if it is not kept any more.
func approve(ctx context.Context, c conn, a digest.Act, act int64) error {
	var last int64
	var hash []byte
	err := c.QueryRow(ctx, `SELECT id, content_hash FROM proofs`+byID+` AND approval > 0
		ORDER BY approval DESC LIMIT 1`, keyOf(a.Edition)...).Scan(&last, &hash)
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return err
	case err == nil && string(hash) == string(a.Hash.Bytes()):
		return digest.ErrUnchanged
	}
	n, err := c.Exec(ctx, `UPDATE proofs SET approved_at = $1, approval = $2 WHERE id = (
			SELECT max(id) FROM proofs WHERE date = $3 AND slot = $4 AND sequence = $5 AND content_hash = $6 AND opening <> '')`,
		append(append([]any{a.At.Unix(), act}, keyOf(a.Edition)...), a.Hash.Bytes())...)
	if err == nil && n == 0 {
		err = digest.ErrNotFound
	}
	return err
}

// ContentHash gives what an edition was opened with; the zero hash if it was not.
func (s *Book) ContentHash(ctx context.Context, id digest.ID) (digest.ContentHash, error) {
	var hash []byte
	err := s.read.QueryRow(ctx, `SELECT content_hash FROM editions`+byID, keyOf(id)...).Scan(&hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return digest.ContentHash{}, fmt.Errorf("read the hash of edition %s: %w", id, err)
	}
	var h digest.ContentHash
	copy(h[:], hash)
	return h, nil
}
