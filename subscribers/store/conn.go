package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"

	"vesper/digest"
)

// conn is all that a statement needs of a database: one transaction, or
// connections that read. Its parameters are numbered, $1, $2 and so on, and
// first appear in that order: go-sqlite3 gives them their values as they appear,
// others by their number.
type conn interface {
	// Exec gives how many rows the statement changed.
	Exec(ctx context.Context, query string, args ...any) (int64, error)
	Query(ctx context.Context, query string, args ...any) (rows, error)
	QueryRow(ctx context.Context, query string, args ...any) row
}

// row is the one row of an answer: sql.ErrNoRows where there is none.
type row interface{ Scan(into ...any) error }

// rows is an answer of any number of rows.
type rows interface {
	row
	Next() bool
	Err() error
	Close()
}

// speaker is what database/sql has for statements: a DB or a Conn.
type speaker interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// plainly speaks to a database by database/sql.
type plainly struct{ speaker }

func (p plainly) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return affected(p.ExecContext(ctx, query, args...))
}

func (p plainly) Query(ctx context.Context, query string, args ...any) (rows, error) {
	return answer(p.QueryContext(ctx, query, args...))
}

func (p plainly) QueryRow(ctx context.Context, query string, args ...any) row {
	return p.QueryRowContext(ctx, query, args...)
}

// prepared speaks to one connection and compiles each statement once. One
// goroutine uses it at a time.
type prepared struct {
	*sql.Conn
	statements map[string]*sql.Stmt
	direct     direct
}

func prepare(c *sql.Conn) *prepared {
	return &prepared{Conn: c, statements: map[string]*sql.Stmt{}, direct: direct{statements: map[string]executor{}}}
}

func (p *prepared) Exec(ctx context.Context, query string, args ...any) (n int64, err error) {
	if !compilable(query) {
		return affected(p.ExecContext(ctx, query, args...))
	}
	err = p.Raw(func(c any) error {
		n, err = p.direct.exec(ctx, c.(driver.ConnPrepareContext), query, args)
		return err
	})
	return n, err
}

func (p *prepared) Query(ctx context.Context, query string, args ...any) (rows, error) {
	s, err := p.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return answer(s.QueryContext(ctx, args...))
}

func (p *prepared) QueryRow(ctx context.Context, query string, args ...any) row {
	s, err := p.statement(ctx, query)
	if err != nil {
		return failed{err}
	}
	return s.QueryRowContext(ctx, args...)
}

func (p *prepared) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := p.statements[query]; ok {
		return s, nil
	}
	s, err := p.PrepareContext(ctx, query)
	if err == nil {
		p.statements[query] = s
	}
	return s, err
}

// close gives the connection back.
func (p *prepared) close() error {
	for _, s := range p.statements {
		// What it could say was said when it ran.
		_ = s.Close()
	}
	err := p.Raw(func(any) error { p.direct.close(); return nil })
	return errors.Join(err, p.Conn.Close())
}

// pool has the connections to a file that read.
type pool struct{ *sql.DB }

func (p pool) hold(ctx context.Context) (held, error) {
	c, err := p.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return prepare(c), nil
}

func (p pool) close() error { return p.Close() }

// compilable says whether a text is one statement. Of several only the first
// would be compiled, and pragmas take effect while they are.
func compilable(query string) bool {
	return !strings.Contains(query, ";") && !strings.HasPrefix(query, "PRAGMA")
}

// failed is a row that could not be asked for.
type failed struct{ err error }

func (f failed) Scan(...any) error { return f.err }

// answered is rows whose Close says nothing: Err has said it.
type answered struct{ *sql.Rows }

func (a answered) Close() { _ = a.Rows.Close() }

func answer(r *sql.Rows, err error) (rows, error) {
	if err != nil {
		return nil, err
	}
	return answered{r}, nil
}

func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// scanner is a row's Scan.
type scanner = func(...any) error

// each calls do for every row and closes the rows; err is that of the query.
func each(r rows, err error, do func(scan scanner) error) error {
	if err != nil {
		return err
	}
	defer r.Close()
	// As a value the method costs an allocation: one for all rows.
	scan := r.Scan
	for r.Next() {
		if err := do(scan); err != nil {
			return err
		}
	}
	return r.Err()
}

// oneRow gives digest.ErrNotFound for a statement that found no row.
func oneRow(n int64, err error) error {
	if err == nil && n == 0 {
		err = digest.ErrNotFound
	}
	return err
}

// missing gives digest.ErrNotFound for a row that is not there.
func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return digest.ErrNotFound
	}
	return err
}
