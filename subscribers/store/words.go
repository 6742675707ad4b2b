package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
)

// Words gives what an editor wrote for an edition: the zero Words if nothing.
func (s *Book) Words(ctx context.Context, id digest.ID) (digest.Words, error) {
	w, err := wordsOn(ctx, s.read, id)
	if err != nil {
		return w, fmt.Errorf("read the words on edition %s: %w", id, err)
	}
	return w, nil
}

func wordsOn(ctx context.Context, c conn, id digest.ID) (digest.Words, error) {
	var w digest.Words
	err := c.QueryRow(ctx, `SELECT subject, note FROM words`+byID, keyOf(id)...).Scan(&w.Subject, &w.Note)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return w, err
}

// SetWords keeps an editor's words in place of those that were there; the zero
// Words take them away. Once the edition is opened, it is digest.ErrExists.
func (s *Book) SetWords(ctx context.Context, id digest.ID, w digest.Words, now time.Time) error {
	err := s.write.whole(ctx, func(ctx context.Context, c conn) error {
		opened, err := has(ctx, c, `SELECT 1 FROM editions`+byID+` AND number IS NOT NULL`, keyOf(id)...)
		if err != nil {
			return err
		}
		if opened {
			return digest.ErrExists
		}
		if _, err := c.Exec(ctx, `DELETE FROM words`+byID, keyOf(id)...); err != nil || w == (digest.Words{}) {
			return err
		}
		_, err = c.Exec(ctx, `INSERT INTO words (date, slot, sequence, subject, note, at)
			VALUES ($1, $2, $3, $4, $5, $6)`, append(keyOf(id), w.Subject, w.Note, now.Unix())...)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the words on edition %s: %w", id, err)
	}
	return nil
}
