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
// which database this host last ran an edition, and how many runs that had begun
// or come to rest. A backup does not carry it: so a database that was put back,
// and has forgotten what was sent since, is known by it.

// mark is what the file says.
type mark struct {
	database string
	runs     int64
}

// Behind gives digest.ErrBehind if this host has sent from a later state of this
// database. Nothing must be sent from it until somebody has looked: see Accept.
// What was sent between a backup made during a run and that run's crash can't be
// known this way.
func (s *File) Behind(ctx context.Context) error { return s.behind(ctx) }

// Behind is that of the File, for publish.Book.
func (s *Book) Behind(ctx context.Context) error { return s.behind(ctx) }

func (s *core) behind(ctx context.Context) error {
	m, err := s.readMark()
	if err != nil || m.database != s.name() {
		return err
	}
	runs, err := s.runs(ctx)
	if err == nil && m.runs > runs {
		return fmt.Errorf("%w: %d runs have begun or ended here, and it knows of %d", digest.ErrBehind, m.runs, runs)
	}
	return err
}

// Accept is an operator's word that a database which is behind is the one to go
// on with.
func (s *File) Accept(ctx context.Context) error { return s.noteSent(ctx) }

// noteSent writes down how far this database is.
func (s *core) noteSent(ctx context.Context) error {
	runs, err := s.runs(ctx)
	if err != nil {
		return err
	}
	return s.writeMark(runs)
}

func (s *core) runs(ctx context.Context) (int64, error) {
	var runs int64
	if err := s.read.QueryRow(ctx, `SELECT runs FROM numbers`).Scan(&runs); err != nil {
		return 0, fmt.Errorf("read the number of runs: %w", err)
	}
	return runs, nil
}

// name tells this database from others without telling a secret.
func (s *core) name() string {
	h := hmac.New(sha256.New, s.message.Secret)
	h.Write([]byte("vesper database name"))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func (s *core) readMark() (mark, error) {
	b, err := os.ReadFile(s.path + ".sent")
	if errors.Is(err, fs.ErrNotExist) {
		return mark{}, nil
	}
	if err != nil {
		return mark{}, fmt.Errorf("read what was sent from here: %w", err)
	}
	var m mark
	if n, err := fmt.Sscanf(strings.TrimSpace(string(b)), "%16s %d", &m.database, &m.runs); n != 2 || err != nil {
		return mark{}, fmt.Errorf("%s.sent is damaged; \"vesper restore --accept\" writes it anew", s.path)
	}
	return m, nil
}

// writeMark replaces the file at once and for good.
func (s *core) writeMark(runs int64) error {
	path := s.path + ".sent"
	f, err := os.CreateTemp(filepath.Dir(path), ".sent-*") // 0600
	if err != nil {
		return fmt.Errorf("note what is sent: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = fmt.Fprintf(f, "%s %d\n", s.name(), runs)
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
