package store

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
)

// CopyFor gives what a copy of an edition is made with for an active reader, in the variant
// and with the links that the reader has now. It is no delivery of the edition, and its
// Message-ID is left to the caller. For any other reader it is digest.ErrNotFound.
func (s *Book) CopyFor(ctx context.Context, number uint32, subscriber int64, now time.Time) (digest.Delivery, error) {
	d, err := s.copyFor(ctx, number, subscriber, now)
	if err != nil {
		return d, fmt.Errorf("copy edition with ledger number %d for subscriber %d: %w", number, subscriber, err)
	}
	return d, nil
}

func (s *Book) copyFor(ctx context.Context, number uint32, subscriber int64, now time.Time) (digest.Delivery, error) {
	by, err := signingOf(ctx, s.core, number)
	if err != nil {
		return digest.Delivery{}, err
	}
	// The edition's key may be retired since.
	if by.link, err = currentKey(ctx, s.read, forLinks); err != nil {
		return digest.Delivery{}, err
	}
	by.tokens = by.link.Many()
	d, err := by.reader()(s.read.QueryRow(ctx, `SELECT s.id, CASE WHEN s.variant = 'designed' THEN s.variant ELSE
			coalesce((SELECT m.variant FROM edition_messages m WHERE m.edition = $1 AND m.variant = s.variant), 'designed') END,
			CAST($2 AS BIGINT), CAST($2 AS BIGINT), NULL, NULL, 0, 0, '', s.address, s.address_key, s.confirmed_at, s.public_id
		FROM subscribers s WHERE s.id = $3 AND s.status = 'active'`, number, now.Unix(), subscriber).Scan)
	d.MessageID = ""
	return d, missing(err)
}
