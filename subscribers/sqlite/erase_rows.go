package sqlite

import (
	"context"
	"fmt"
	"strings"
)

// textColumns is SQLite's own affair. It gives each column with a text or bytes in it, and how often the file
// has it: in its table, and in each index that is no table itself.
const textColumns = `SELECT t.name, c.name,
		1 + (SELECT count(*) FROM pragma_index_list(t.name) l, pragma_index_info(l.name) i
		WHERE i.name = c.name AND NOT (t.wr AND l.origin = 'pk'))
	FROM pragma_table_list t, pragma_table_info(t.name) c
	WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND c.type IN ('TEXT', 'BLOB')`

// longText is how long a value may be, in bytes, for its place in the file to be
// sure: longer ones go on in other pages, and a break may lie in the trace.
const longText = 500

// countRows counts how often a text is in the file because a row of some table has
// it. It rather misses one than counting it in vain.
func (s *core) countRows(ctx context.Context, text string) (int, error) {
	var columns []string
	rows, err := s.read.Query(ctx, textColumns)
	err = each(rows, err, func(scan scanner) error {
		var table, column string
		var copies int
		err := scan(&table, &column, &copies)
		columns = append(columns, fmt.Sprintf(`(SELECT
			%d * coalesce(sum((length(v) - length(replace(v, $1, ''))) / length($1)), 0)
			FROM (SELECT CAST("%s" AS TEXT) AS v FROM "%s" WHERE length("%s") <= %d AND instr("%s", $1) > 0))`,
			copies, column, table, column, longText, column))
		return err
	})
	if err != nil {
		return 0, err
	}
	live := 0
	err = s.read.QueryRow(ctx, `SELECT `+strings.Join(columns, "\n+ "), text).Scan(&live)
	return live, err
}
