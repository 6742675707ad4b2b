package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// cursor is a connection for many questions, all answered of one moment. An answer is read a
// piece at a time, so that a long list needs no more memory than a short one.
type cursor struct {
	held *pgxpool.Conn
	transaction
	many int
}

// pieceOf is how many rows are read at once.
const pieceOf = 1000

func (sv *server) hold(ctx context.Context) (held, error) {
	c, err := sv.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := c.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); err != nil {
		c.Release()
		return nil, err
	}
	return &cursor{held: c, transaction: transaction{c: c.Conn()}}, nil
}

func (c *cursor) close() error {
	// One that can't be ended is closed when it is given back.
	_, _ = c.Exec(context.Background(), "ROLLBACK")
	c.held.Release()
	return nil
}

func (c *cursor) Query(ctx context.Context, query string, args ...any) (rows, error) {
	c.many++
	name := fmt.Sprintf("answer%d", c.many)
	if _, err := c.Exec(ctx, "DECLARE "+name+" NO SCROLL CURSOR FOR "+query, args...); err != nil {
		return nil, err
	}
	return &pieces{cursor: c, ctx: ctx, name: name}, nil
}

// pieces is an answer that is read as it is needed.
type pieces struct {
	*keptRows
	cursor *cursor
	ctx    context.Context
	name   string
	err    error
}

func (p *pieces) Next() bool {
	if p.keptRows != nil && p.keptRows.Next() {
		return true
	}
	if p.err != nil || p.keptRows != nil && len(p.all) < pieceOf {
		return false
	}
	// Another answer of this name has other columns: nothing of it is remembered.
	p.keptRows, p.err = answerOf(p.ctx, p.cursor.c, fmt.Sprintf("FETCH %d FROM %s", pieceOf, p.name),
		[]any{pgx.QueryExecModeDescribeExec})
	return p.err == nil && p.keptRows.Next()
}

func (p *pieces) Err() error { return p.err }

func (p *pieces) Close() {
	// The end of the transaction closes it too.
	_, _ = p.cursor.Exec(context.WithoutCancel(p.ctx), "CLOSE "+p.name)
}
