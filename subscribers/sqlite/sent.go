package sqlite

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"vesper/digest"
)

// Beside the database lies a small file, with the suffix ".sent", that says of
// which database this host last sent which edition. A backup does not carry it:
// so a database that was put back, and has forgotten what it sent since, is
// known by it.

// mark is what the file says.
type mark struct {
	database string
	number   uint32
}

// Behind gives digest.ErrBehind if this host has sent a later edition of this
// database than the database knows of. Nothing must be sent from it until
// somebody has looked: see Accept.
func (s *Store) Behind(ctx context.Context) error {
	m, err := s.readMark()
	if err != nil || m.database != s.name() {
		return err
	}
	var last uint32
	if err := s.read.QueryRowContext(ctx, `SELECT last FROM numbers`).Scan(&last); err != nil {
		return fmt.Errorf("read the last number: %w", err)
	}
	if m.number > last {
		return fmt.Errorf("%w: it knows of %d editions, and %d were sent from here", digest.ErrBehind, last, m.number)
	}
	return nil
}

// Accept is an operator's word that a database which is behind is the one to go
// on with.
func (s *Store) Accept(ctx context.Context) error {
	var last uint32
	if err := s.read.QueryRowContext(ctx, `SELECT last FROM numbers`).Scan(&last); err != nil {
		return fmt.Errorf("read the last number: %w", err)
	}
	return s.writeMark(last)
}

// noteSent records that an edition is about to be sent from here.
func (s *Store) noteSent(number uint32) error {
	m, err := s.readMark()
	if err != nil || m.database == s.name() && m.number >= number {
		return err
	}
	return s.writeMark(number)
}

// name tells this database from others without telling a secret.
func (s *Store) name() string {
	h := hmac.New(sha256.New, s.message.Secret)
	h.Write([]byte("vesper database name"))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func (s *Store) readMark() (mark, error) {
	b, err := os.ReadFile(s.path + ".sent")
	if errors.Is(err, fs.ErrNotExist) {
		return mark{}, nil
	}
	if err != nil {
		return mark{}, fmt.Errorf("read what was sent from here: %w", err)
	}
	var m mark
	if n, err := fmt.Sscanf(strings.TrimSpace(string(b)), "%16s %d", &m.database, &m.number); n != 2 || err != nil {
		return mark{}, fmt.Errorf("%s.sent is damaged; \"vesper restore --accept\" writes it anew", s.path)
	}
	return m, nil
}

// writeMark replaces the file at once and for good.
func (s *Store) writeMark(number uint32) error {
	path := s.path + ".sent"
	f, err := os.CreateTemp(filepath.Dir(path), ".sent-*") // 0600
	if err != nil {
		return fmt.Errorf("note what is sent: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = fmt.Fprintf(f, "%s %d\n", s.name(), number)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("note what is sent: %w", err)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
