package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Mailboxes remember how far mailboxes were read over IMAP.
type Mailboxes struct{ *core }

// Place gives up to which UID a mailbox was read as long as it has this UIDVALIDITY, 0 for
// not at all.
func (s *Mailboxes) Place(ctx context.Context, mailbox string, validity uint32) (uint32, error) {
	var uid uint32
	err := s.read.QueryRow(ctx, `SELECT uid FROM mailboxes WHERE name = $1 AND uid_validity = $2`, mailbox, validity).
		Scan(&uid)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("look how far a mailbox was read: %w", err)
	}
	return uid, nil
}

// KeepPlace remembers up to which UID a mailbox was read.
func (s *Mailboxes) KeepPlace(ctx context.Context, mailbox string, validity, uid uint32) error {
	err := s.write.one(ctx, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, `INSERT INTO mailboxes (name, uid_validity, uid) VALUES ($1, $2, $3)
			ON CONFLICT (name) DO UPDATE SET uid_validity = excluded.uid_validity, uid = excluded.uid`,
			mailbox, validity, uid)
		return err
	})
	if err != nil {
		return fmt.Errorf("remember how far a mailbox was read: %w", err)
	}
	return nil
}
