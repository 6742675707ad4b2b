package store

import (
	"bufio"
	"context"
	"errors"
	"io"
)

func (s *serverEnd) read(ctx context.Context, t table, each func(row []byte) error) error {
	split := &splitter{each: each}
	_, err := s.c.PgConn().CopyTo(ctx, split, "COPY (SELECT "+t.names()+" FROM "+asName(t.name)+
		") TO STDOUT (FORMAT binary)")
	if err == nil && !split.ended {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func (s *serverEnd) fill(ctx context.Context, t table) (put func([]byte) error, done func(error) error, err error) {
	if t.name == "deliveries" {
		if err := makeVolumes(ctx, s); err != nil {
			return nil, nil, err
		}
	}
	r, w := io.Pipe()
	b := bufio.NewWriterSize(w, 1<<16)
	ended := make(chan error, 1)
	go func() {
		_, err := s.c.PgConn().CopyFrom(ctx, r, "COPY "+asName(t.name)+" ("+t.names()+") FROM STDIN (FORMAT binary)")
		// Who puts a row must not wait for ever.
		r.CloseWithError(errors.Join(err, io.ErrClosedPipe))
		ended <- err
	}()
	put = func(row []byte) error {
		_, err := b.Write(row)
		return err
	}
	done = func(err error) error {
		if err == nil {
			_, err = b.WriteString(copyEnd)
		}
		if err == nil {
			err = b.Flush()
		}
		w.CloseWithError(err) // nil is the end
		failed := <-ended
		if err == nil || errors.Is(err, io.ErrClosedPipe) {
			// It says more than that nobody takes the rows.
			return failed
		}
		return err
	}
	_, err = b.WriteString(copyHead)
	return put, done, err
}

func (s *serverEnd) last(ctx context.Context, t table) (n int64, err error) {
	name, err := s.sequence(ctx, t)
	if err != nil {
		return 0, err
	}
	query := `SELECT coalesce(max(id), 0) FROM ` + asName(t.name)
	if name != "" {
		query = `SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM ` + name
	}
	return n, s.QueryRow(ctx, query).Scan(&n)
}

// sequence gives the name of what numbers a table, written as in a statement; "" for none.
func (s *serverEnd) sequence(ctx context.Context, t table) (name string, err error) {
	err = s.QueryRow(ctx, `SELECT coalesce(pg_get_serial_sequence($1, 'id'), '')`, asName(t.name)).Scan(&name)
	return name, err
}

func (s *serverEnd) setLast(ctx context.Context, t table, n int64) error {
	name, err := s.sequence(ctx, t)
	if err != nil || name == "" {
		return err
	}
	var is int64
	return s.QueryRow(ctx, `SELECT setval(CAST(CAST($1 AS TEXT) AS regclass), $2)`, name, n).Scan(&is)
}
