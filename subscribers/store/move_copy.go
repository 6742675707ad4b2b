package store

import (
	"context"
	"errors"
	"fmt"
)

// open opens both ends, and gives the tables in the order in which they are moved.
func (m *moving) open(ctx context.Context) (from side, to target, tables []table, err error) {
	var file *fileEnd
	if m.From.onServer() {
		if from, err = formerServer(ctx, m.From.URL, m.Now()); err != nil {
			return nil, nil, nil, err
		}
		file, err = newFileEnd(ctx, m.To.Path, m.DryRun)
		to = file
	} else {
		if file, err = formerFile(ctx, m.From.Path); err != nil {
			return nil, nil, nil, err
		}
		from = file
		to, err = newServerEnd(ctx, m.To.URL, m.DryRun, m.Now())
	}
	if err != nil {
		return nil, nil, nil, errors.Join(err, from.close())
	}
	// The file's catalogue says what there is. The server has tables besides that only a
	// server needs.
	if tables, err = file.tables(ctx); err == nil {
		tables, err = byReferences(tables)
	}
	if err == nil {
		err = m.unchanged(ctx, from)
	}
	if err != nil {
		return nil, nil, nil, errors.Join(err, to.undo(), from.close(), to.close())
	}
	return from, to, tables, nil
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
func (m *moving) copyAll(ctx context.Context, from side, to target, tables []table, rows int64) error {
	done := int64(0)
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
