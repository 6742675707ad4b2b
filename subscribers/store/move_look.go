package store

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// look opens the former database as everybody does, and closes it again.
func (m *moving) look(ctx context.Context) (err error) {
	s, err := m.openFormer(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.knowsAll(ctx); err != nil {
		return err
	}
	m.name = s.name()
	if m.runs, m.number, err = s.counters(ctx); err != nil {
		return err
	}
	r, is, err := relocated(ctx, s.read)
	switch {
	case err != nil:
		return err
	case is && r.place == m.To.String():
		m.moved.Before = true
		return m.ends.lock(m.Moving)
	case is:
		return s.movedAway(ctx)
	}
	if err := s.Behind(ctx); err != nil {
		return err
	}
	if there, err := readMark(m.To.Path); err != nil || there.database != "" && there.database != m.name {
		if err == nil {
			err = fmt.Errorf("%w: editions of another database were sent from there (%s)", ErrOccupied, markOf(m.To.Path))
		}
		return err
	}
	if err := m.counted(ctx, s); err != nil {
		return err
	}
	if m.DryRun {
		m.moved.Obstacle = m.obstacle(ctx, s)
		return nil
	}
	if err := m.ends.lock(m.Moving); err != nil {
		return err
	}
	return nothingUnderWay(ctx, s.read)
}

// counted counts what is to be moved.
func (m *moving) counted(ctx context.Context, s *File) (err error) {
	if m.moved.Bytes, err = s.size(ctx); err != nil {
		return err
	}
	if m.tables, err = catalogue(ctx); err != nil {
		return err
	}
	for _, t := range m.tables {
		n := int64(0)
		if err := s.read.QueryRow(ctx, `SELECT count(*) FROM `+asName(t.name)).Scan(&n); err != nil {
			return fmt.Errorf("count %s: %w", t.name, err)
		}
		m.moved.Tables = append(m.moved.Tables, MovedTable{t.name, n})
	}
	return nil
}

// obstacle says what stands in the way now, nil for nothing.
func (m *moving) obstacle(ctx context.Context, s *File) error {
	held, err := s.Holder()
	if err == nil && held != nil {
		err = held
	}
	if err != nil {
		return err
	}
	return nothingUnderWay(ctx, s.read)
}

func (m *moving) openFormer(ctx context.Context) (*File, error) {
	o := m.Options
	o.Elsewhere = true
	if m.From.onServer() {
		return OpenServer(ctx, m.From.URL, m.From.Path, o)
	}
	if _, err := os.Stat(m.From.Path); err != nil {
		return nil, err
	}
	return Open(ctx, m.From.Path, o)
}

// nothingUnderWay refuses while a message may be on the wire.
func nothingUnderWay(ctx context.Context, c conn) error {
	n := 0
	err := c.QueryRow(ctx, `SELECT (SELECT count(*) FROM deliveries WHERE step = 'attempting')
		+ (SELECT count(*) FROM letters WHERE step = 'attempting')`).Scan(&n)
	switch {
	case err != nil:
		return fmt.Errorf("look what is under way: %w", err)
	case n > 0:
		return fmt.Errorf("%w: %d", ErrUnderWay, n)
	}
	return nil
}

// ErrUnderWay says that messages are under way, or that it is not known what became of them.
var ErrUnderWay = errors.New("messages are in transit, or were when their process died")

// locks are those beside both places.
type locks struct{ files []*os.File }

func (l *locks) lock(m Moving) error {
	for _, path := range []string{m.From.Path, m.To.Path} {
		f, err := takeLock(path)
		if err != nil {
			return err
		}
		l.files = append(l.files, f)
		if err := sign(f, "move", m.Now()); err != nil {
			return fmt.Errorf("lock the database: %w", err)
		}
	}
	return nil
}

func (l *locks) unlock() {
	for _, f := range l.files {
		_ = unlock(f)
	}
}
