package store

import (
	"context"
	"errors"
	"fmt"
)

// open opens both ends.
func (m *moving) open(ctx context.Context) (from side, to target, err error) {
	if from, err = m.openFrom(ctx); err != nil {
		return nil, nil, err
	}
	if err = m.unchanged(ctx, from); err == nil {
		to, err = m.openTo(ctx)
	}
	if err != nil {
		return nil, nil, errors.Join(err, from.close())
	}
	return from, to, nil
}

func (m *moving) openFrom(ctx context.Context) (side, error) {
	if m.From.onServer() {
		return formerServer(ctx, m.From.URL, m.Now())
	}
	return formerFile(ctx, m.From.Path)
}

func (m *moving) openTo(ctx context.Context) (target, error) {
	if m.To.onServer() {
		return newServerEnd(ctx, m.To.URL, m.Now())
	}
	return newFileEnd(ctx, m.To.Path)
}

// dry looks what stands in the way where it is to be moved to, as a move would find it.
func (m *moving) dry(ctx context.Context) error {
	if m.To.onServer() {
		return tryServer(ctx, m.To.URL, m.Now())
	}
	return tryFile(m.To.Path)
}

// unchanged looks whether the former database is as it was before nobody else could change it.
func (m *moving) unchanged(ctx context.Context, from side) error {
	var runs, number int64
	if err := from.QueryRow(ctx, `SELECT runs, last FROM numbers`).Scan(&runs, &number); err != nil {
		return err
	}
	if runs != m.runs || number != m.number {
		return ErrInUse
	}
	return nothingUnderWay(ctx, from)
}

// toldEvery is after how many rows one is told of them, and looks whether the move goes on.
const toldEvery = 1000

// copyAll copies all tables, and looks whether they are the same in both.
func (m *moving) copyAll(ctx context.Context, from side, to target) error {
	done, rows, tables := int64(0), m.moved.Rows(), m.tables
	counted := func(s *sum, also func(row []byte) error) func(row []byte) error {
		return func(row []byte) error {
			s.add(row)
			if done++; done%toldEvery == 0 {
				m.Told(done, 2*rows)
				if err := ctx.Err(); err != nil {
					return err
				}
			}
			return also(row)
		}
	}
	sums := make([]sum, len(tables))
	for i, t := range tables {
		put, end, err := to.fill(ctx, t)
		if err == nil {
			err = end(from.read(ctx, t, counted(&sums[i], put)))
		}
		if err == nil && t.counted {
			err = numbered(ctx, from, to, t)
		}
		if err != nil {
			return fmt.Errorf("move %s: %w", t.name, err)
		}
		// Somebody may have written after they were counted.
		m.moved.Tables[i].Rows = sums[i].rows
	}
	for i, t := range tables {
		var is sum
		if err := to.read(ctx, t, counted(&is, func([]byte) error { return nil })); err != nil {
			return fmt.Errorf("read %s again: %w", t.name, err)
		}
		if is != sums[i] {
			return fmt.Errorf("%s is not the same there: %d rows are there, and %d were here", t.name, is.rows, sums[i].rows)
		}
	}
	m.Told(2*rows, 2*rows)
	return nil
}

// numbered has a table's next number be one that was never given, not even to a row that is
// gone.
func numbered(ctx context.Context, from side, to target, t table) error {
	n, err := from.last(ctx, t)
	if err != nil || n == 0 {
		return err
	}
	return to.setLast(ctx, t, n)
}

// reopened opens the database that a move before this one has made.
func (m *moving) reopened(ctx context.Context) (target, error) {
	if m.To.onServer() {
		return reopenedServer(ctx, m.To.URL, m.Now())
	}
	return reopenedFile(ctx, m.To.Path)
}
