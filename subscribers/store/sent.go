package store

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

	"vesper/digest"
)

// Behind gives digest.ErrBehind if this host has sent from a later state of this
// database, digest.ErrOther if it has sent from another one in this place,
// digest.ErrMoved if it is elsewhere now, and digest.ErrGone if the file is not the one
// that was opened. Nothing must be sent from it until somebody has looked: see Accept. A
// backup made during a run is known too, once that run has sent for a second more.
func (s *File) Behind(ctx context.Context) error { return s.behind(ctx) }

// Behind is that of the File, for publish.Book.
func (s *Book) Behind(ctx context.Context) error { return s.behind(ctx) }

func (s *core) behind(ctx context.Context) error {
	if err := errors.Join(s.there(), s.movedAway(ctx)); err != nil {
		return err
	}
	m, err := readMark(s.path)
	if err != nil {
		return err
	}
	if m.database == "" {
		return s.free(ctx)
	}
	if m.database != s.name() {
		return fmt.Errorf("%w: of that one, runs were noted %d times here, and its last edition had ledger number %d",
			digest.ErrOther, m.runs, m.number)
	}
	runs, number, err := s.counters(ctx)
	switch {
	case err != nil:
		return err
	case m.runs > runs:
		return s.holds(ctx, m, fmt.Sprintf("runs were noted %d times", m.runs), fmt.Sprintf("it knows of %d", runs))
	case m.number > number:
		return s.holds(ctx, m, fmt.Sprintf("the edition with ledger number %d was sent", m.number),
			fmt.Sprintf("its last one has %d", number))
	}
	return s.free(ctx)
}

// free gives why nobody may send from this database, whatever this machine has seen.
func (s *core) free(ctx context.Context) error {
	if err := s.original(ctx); err != nil {
		return err
	}
	return s.unaccepted(ctx)
}

// NoteSeen is for a machine that does not send: it keeps here how far the database is, so that
// one which is put back behind that is held, here and by all. It gives what Behind does. Of a file, and
// while this process has the lock, who sends keeps that.
func (s *File) NoteSeen(ctx context.Context) error {
	if s.server == nil || s.locked.Load() {
		return nil
	}
	s.marking.Lock()
	defer s.marking.Unlock()
	m, err := readMark(s.path)
	if err != nil {
		return err
	}
	runs, number, err := s.counters(ctx)
	switch {
	case err != nil:
		return err
	case m.database != "" && m.database != s.name(), m.runs > runs, m.number > number:
		return s.behind(ctx)
	case m.runs == runs && m.number == number && s.Unnoted() == nil:
		return nil
	}
	return s.mark(runs, number)
}

// Unnoted gives why it could not be noted here how far the database is, when that was last tried: nobody begins
// with an edition from here then. It is nil where it was.
func (s *core) Unnoted() error {
	if err := s.unnoted.Load(); err != nil {
		return *err
	}
	return nil
}

// mark notes here how far the database is.
func (s *core) mark(runs, number int64) error {
	err := writeMark(s.path, mark{
		database: s.name(), runs: runs, number: number, machine: machine(), path: s.path,
	})
	if err != nil {
		err = fmt.Errorf("note what is sent: %w", err)
		s.unnoted.Store(&err)
		return err
	}
	s.unnoted.Store(nil)
	return nil
}

// Accept is an operator's word that a database which is behind, or another one, is
// the one to go on with. The next edition gets a number above all that were used
// here: servers drop a message whose Message-ID they have seen.
func (s *File) Accept(ctx context.Context) error {
	m, err := readMark(s.path)
	if err != nil && !errors.Is(err, errDamaged) {
		return err
	}
	err = s.write.whole(ctx, func(ctx context.Context, c conn) error {
		if _, err := c.Exec(ctx, `UPDATE numbers SET last = $1 WHERE last < $1`, m.number); err != nil {
			return err
		}
		if s.server != nil {
			// The word is for all machines, whatever they have seen.
			_, err := c.Exec(ctx, `UPDATE numbers SET runs = CASE WHEN runs < $1 THEN $1 ELSE runs + $2 END`,
				s.word(m), beyond)
			if err != nil {
				return err
			}
			if err := isOriginal(ctx, c); err != nil {
				return err
			}
		}
		_, err := c.Exec(ctx, `UPDATE restores SET accepted_at = $1 WHERE accepted_at IS NULL`, s.now().Unix())
		return errors.Join(err, takeBack(ctx, c, s.now()))
	})
	if err != nil {
		return fmt.Errorf("go on above ledger number %d: %w", m.number, err)
	}
	return s.noteSent(ctx)
}

// Moved says where this database was last sent from, if that was another machine or
// another place; "" if it was here. It may be a copy of one that still runs.
func (s *File) Moved() string {
	m, err := readMark(s.path)
	switch {
	case err != nil || m.database == "" || m.machine == "":
		return ""
	case m.machine != machine():
		return fmt.Sprintf("another machine, where it was %s", m.path)
	case m.path != s.path:
		return m.path
	}
	return ""
}

// noteSent writes down how far this database is.
func (s *core) noteSent(ctx context.Context) error {
	s.marking.Lock()
	defer s.marking.Unlock()
	runs, number, err := s.counters(ctx)
	if err != nil {
		return err
	}
	return s.mark(runs, number)
}

// counters gives how often runs were noted, and the last edition's number.
func (s *core) counters(ctx context.Context) (runs, number int64, err error) {
	if err := s.read.QueryRow(ctx, `SELECT runs, last FROM numbers`).Scan(&runs, &number); err != nil {
		return 0, 0, fmt.Errorf("read the number of runs: %w", err)
	}
	return runs, number, nil
}

// name tells this database from others without telling a secret.
func (s *core) name() string {
	h := hmac.New(sha256.New, s.message.Secret)
	h.Write([]byte("vesper database name"))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// replace writes a file beside the database at once and for good. It belongs to whom
// the database belongs: a command that root gave must not shut the service out.
func replace(path, database string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".sent-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = giveTo(f.Name(), owned(database))
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	return err
}

// markOf gives where the mark of the database at path lies.
func markOf(path string) string { return path + ".sent" }

// isMarked says whether something was sent from the place of this database.
func isMarked(path string) (bool, error) {
	_, err := os.Lstat(markOf(path))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
