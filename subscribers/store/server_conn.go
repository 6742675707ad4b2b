package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// asker is what pgx has for statements: a pool, a connection or a transaction.
type asker interface {
	Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
}

// idle speaks to a server over whichever connection is free.
type idle struct{ *pgxpool.Pool }

func (i idle) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	tag, err := i.Pool.Exec(ctx, query, asTexts(args)...)
	return tag.RowsAffected(), err
}

func (i idle) Query(ctx context.Context, query string, args ...any) (rows, error) {
	c, err := i.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	return streamOf(ctx, c, query, args)
}

func (i idle) QueryRow(ctx context.Context, query string, args ...any) row {
	return only(answerOf(ctx, i.Pool, query, args))
}

// transaction is a connection in a transaction.
type transaction struct {
	c *pgx.Conn
	// departed says that somebody leaves in it.
	departed bool
}

func (t *transaction) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	tag, err := t.c.Exec(ctx, query, asTexts(args)...)
	return tag.RowsAffected(), err
}

func (t *transaction) Query(ctx context.Context, query string, args ...any) (rows, error) {
	return answerOf(ctx, t.c, query, args)
}

func (t *transaction) QueryRow(ctx context.Context, query string, args ...any) row {
	return only(answerOf(ctx, t.c, query, args))
}

// stream is an answer that is read as it comes, so that a long one needs no more memory than a
// short one. It has a connection of its own until it is closed: who reads a row asks nothing, or
// all connections may come to wait for one more.
type stream struct {
	from pgx.Rows
	// held is the connection until it is given back.
	held *pgxpool.Conn
	// begun says that from is at a row that nobody has looked at yet.
	begun bool
	keptRows
}

// streamOf asks over a connection, which is given back at the end of the answer.
func streamOf(ctx context.Context, c *pgxpool.Conn, query string, args []any) (rows, error) {
	from, err := c.Query(ctx, query, asTexts(args)...)
	if err != nil {
		c.Release()
		return nil, err
	}
	s := &stream{from: from, held: c, keptRows: keptRows{all: make([][][]byte, 1)}}
	// What is wrong with a question is known with its first row.
	if s.begun = from.Next(); !s.begun && from.Err() != nil {
		s.Close()
		return nil, from.Err()
	}
	return s, nil
}

func (s *stream) Next() bool {
	if !s.begun && !s.from.Next() {
		s.Close()
		return false
	}
	s.begun = false
	if s.types == nil {
		s.fields, s.types = s.from.FieldDescriptions(), s.from.Conn().TypeMap()
	}
	s.all[0] = s.from.RawValues()
	return true
}

func (s *stream) Err() error { return s.from.Err() }

// Close gives the connection back. It may be called again.
func (s *stream) Close() {
	s.from.Close()
	if s.held != nil {
		s.held.Release()
		s.held = nil
	}
}

// keptRows is an answer that is read whole before its first row is looked at: a connection in a
// transaction takes no other statement before that, and whoever reads a row may have one.
type keptRows struct {
	fields []pgconn.FieldDescription
	types  *pgtype.Map
	all    [][][]byte
	at     int
}

func answerOf(ctx context.Context, a asker, query string, args []any) (*keptRows, error) {
	from, err := a.Query(ctx, query, asTexts(args)...)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	r := &keptRows{at: -1}
	for from.Next() {
		if r.types == nil {
			r.fields, r.types = slices.Clone(from.FieldDescriptions()), from.Conn().TypeMap()
		}
		r.all = append(r.all, cloned(from.RawValues()))
	}
	return r, from.Err()
}

// cloned copies values, which are the connection's own.
func cloned(values [][]byte) [][]byte {
	n := 0
	for _, v := range values {
		n += len(v)
	}
	all, copies := make([]byte, 0, n), make([][]byte, len(values))
	for i, v := range values {
		if v == nil {
			continue
		}
		begin := len(all)
		all = append(all, v...)
		copies[i] = all[begin:len(all):len(all)]
	}
	return copies
}

func (r *keptRows) Next() bool {
	r.at++
	return r.at < len(r.all)
}

func (r *keptRows) Err() error { return nil }
func (r *keptRows) Close()     {}

func (r *keptRows) Scan(into ...any) error {
	if len(into) != len(r.fields) {
		return pgx.ScanArgError{ColumnIndex: len(into), Err: errColumns}
	}
	for i, to := range into {
		if err := r.scan(i, r.all[r.at][i], to); err != nil {
			return pgx.ScanArgError{ColumnIndex: i, FieldName: r.fields[i].Name, Err: err}
		}
	}
	return nil
}
