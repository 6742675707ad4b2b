package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// catalogue gives the tables that every file of this version has, in an order that their foreign
// keys allow. A server has the same, and some besides that only a server needs.
func catalogue(ctx context.Context) (all []table, err error) {
	f, err := openEnd(ctx, "/catalogue", "mode=memory")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	if _, err := f.Exec(ctx, schema); err != nil {
		return nil, err
	}
	if all, err = f.tables(ctx); err != nil {
		return nil, err
	}
	return byReferences(all)
}

func (f *fileEnd) tables(ctx context.Context) ([]table, error) {
	var all []table
	r, err := f.Query(ctx, `SELECT name, instr(sql, 'AUTOINCREMENT') > 0 FROM sqlite_schema
		WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
	err = each(r, err, func(scan scanner) error {
		var t table
		err := scan(&t.name, &t.counted)
		all = append(all, t)
		return err
	})
	for i := range all {
		if err == nil {
			err = f.columns(ctx, &all[i])
		}
	}
	return all, err
}

func (f *fileEnd) columns(ctx context.Context, t *table) error {
	r, err := f.Query(ctx, `SELECT name, type FROM pragma_table_info($1) ORDER BY cid`, t.name)
	err = each(r, err, func(scan scanner) error {
		var c column
		err := scan(&c.name, &c.kind)
		t.columns = append(t.columns, c)
		return err
	})
	if err != nil {
		return err
	}
	r, err = f.Query(ctx, `SELECT "table" FROM pragma_foreign_key_list($1)`, t.name)
	return each(r, err, func(scan scanner) error {
		name := ""
		err := scan(&name)
		t.after = append(t.after, name)
		return err
	})
}

// read is below database/sql: there are millions of rows, and it would copy each value.
func (f *fileEnd) read(ctx context.Context, t table, each func(row []byte) error) error {
	return f.Raw(func(c any) (err error) {
		rows, err := c.(driver.QueryerContext).QueryContext(unwatched(ctx), "SELECT "+t.names()+" FROM "+asName(t.name), nil)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		values, into := make([]driver.Value, len(t.columns)), make([]any, len(t.columns))
		var row []byte
		for {
			switch err := rows.Next(values); {
			case errors.Is(err, io.EOF):
				return nil
			case err != nil:
				return err
			}
			for i, v := range values {
				into[i] = v
			}
			if row, err = appendRow(row[:0], into); err != nil {
				return err
			}
			if err := each(row); err != nil {
				return err
			}
		}
	})
}

func (f *fileEnd) fill(ctx context.Context, t table) (put func([]byte) error, done func(error) error, err error) {
	places := "$1"
	for i := range t.columns[1:] {
		places += fmt.Sprintf(", $%d", i+2)
	}
	query := "INSERT INTO " + asName(t.name) + " (" + t.names() + ") VALUES (" + places + ")"
	values := make([]any, len(t.columns))
	put = func(row []byte) error {
		if err := t.valuesOf(row, values); err != nil {
			return err
		}
		_, err := f.prepared.Exec(unwatched(ctx), query, values...)
		return err
	}
	return put, func(err error) error { return err }, nil
}

func (f *fileEnd) last(ctx context.Context, t table) (n int64, err error) {
	err = f.QueryRow(ctx, `SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = $1`, t.name).Scan(&n)
	return n, err
}

func (f *fileEnd) setLast(ctx context.Context, t table, n int64) error {
	_, err := f.Exec(ctx, `DELETE FROM sqlite_sequence WHERE name = $1`, t.name)
	if err == nil {
		_, err = f.Exec(ctx, `INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)`, t.name, n)
	}
	return err
}
