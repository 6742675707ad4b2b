package store

import (
	"fmt"
	"slices"
)

// tables are all that both have. Of the deliveries it wants what each reads: on a server who
// is pending in a chunk has none yet.
func (h *engines) tables() {
	entered := map[string]bool{}
	for _, row := range h.rows(h.server, `SELECT edition, subscriber FROM deliveries`) {
		entered[fmt.Sprint(row...)] = true
	}
	for _, row := range h.rows(h.file, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'`) {
		name := row[0].(string)
		if name == "restores" || name == "program" {
			continue
		}
		both(h, "table "+name, func(s *File) (all []string, err error) {
			for _, row := range h.rows(s, `SELECT * FROM `+name) {
				if name != "deliveries" || entered[fmt.Sprint(row[:2]...)] {
					all = append(all, inWords(row))
				}
			}
			slices.Sort(all)
			return all, nil
		})
	}
	both(h, "ledger", func(s *File) (all []string, err error) {
		for _, row := range h.rows(s, `SELECT edition, subscriber, variant, step, reason, code, enhanced, reply, queue_id,
			attempts, doubts, due_at, first_due_at, at FROM `+everyRow(s.read)) {
			all = append(all, inWords(row))
		}
		slices.Sort(all)
		return all, nil
	})
}

func inWords(row []any) string {
	for i, v := range row {
		if b, ok := v.([]byte); ok {
			row[i] = fmt.Sprintf("x%x", b)
		}
	}
	return fmt.Sprintf("%v", row)
}

// rows gives the rows of an answer, each value as the database has it.
func (h *engines) rows(s *File, query string) (all [][]any) {
	h.t.Helper()
	if s.server != nil {
		rows, err := s.server.pool.Query(h.t.Context(), query)
		if err != nil {
			h.t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			row, err := rows.Values()
			if err != nil {
				h.t.Fatal(err)
			}
			all = append(all, row)
		}
		if rows.Err() != nil {
			h.t.Fatal(rows.Err())
		}
		return all
	}
	rows, err := s.db.QueryContext(h.t.Context(), query)
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		h.t.Fatal(err)
	}
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			h.t.Fatal(err)
		}
		all = append(all, row)
	}
	if rows.Err() != nil {
		h.t.Fatal(rows.Err())
	}
	return all
}
