package store

import (
	"context"
	"database/sql/driver"
	"fmt"
)

// unwatched gives the context for statements of one row, of which there are many. The driver
// and database/sql watch a context that may end from a goroutine for each statement, which
// takes longer than the statement: whoever uses this looks at ctx between rows.
func unwatched(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

// direct runs statements that give no rows on the driver's connection, below
// database/sql, whose locks and copies of parameters are a fifth of the cost of an intent
// and an outcome. Each is compiled once.
type direct struct {
	statements map[string]executor
	// values are the parameters of a statement, used for one after another.
	values []driver.NamedValue
}

// executor is what the driver has for a statement.
type executor interface {
	driver.Stmt
	driver.StmtExecContext
}

// exec gives how many rows a statement changed.
func (d *direct) exec(ctx context.Context, c driver.ConnPrepareContext, query string, args []any) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s, err := d.statement(ctx, c, query)
	if err != nil {
		return 0, err
	}
	if n := s.NumInput(); n != len(args) {
		return 0, fmt.Errorf("a statement has %d parameters, and got %d: %s", n, len(args), query)
	}
	if err := d.take(args); err != nil {
		return 0, err
	}
	// What they refer to is not kept.
	defer clear(d.values)
	result, err := s.ExecContext(ctx, d.values)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (d *direct) statement(ctx context.Context, c driver.ConnPrepareContext, query string) (executor, error) {
	if s, ok := d.statements[query]; ok {
		return s, nil
	}
	compiled, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s := compiled.(executor)
	d.statements[query] = s
	return s, nil
}

// take makes the driver's values of parameters, as database/sql does.
func (d *direct) take(args []any) (err error) {
	d.values = d.values[:0]
	for i, a := range args {
		v := driver.NamedValue{Ordinal: i + 1}
		switch a := a.(type) {
		case int:
			v.Value = int64(a)
		case uint32:
			v.Value = int64(a)
		case string, int64, bool, []byte, nil:
			v.Value = a
		default:
			if v.Value, err = driver.DefaultParameterConverter.ConvertValue(a); err != nil {
				return fmt.Errorf("parameter %d: %w", i+1, err)
			}
		}
		d.values = append(d.values, v)
	}
	return nil
}

// close lets go of the statements.
func (d *direct) close() {
	for _, s := range d.statements {
		// What it could say was said when it ran.
		_ = s.Close()
	}
}
