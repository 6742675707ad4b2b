package sqlite

import (
	"context"
	"fmt"
	"strings"
)

// textCopies is SQLite's own affair. It gives each column with a text or bytes in
// it once for its table and once for each index that has it and is no table itself,
// with the condition of the rows that are in that index, ” for all of them.
const textCopies = `
	SELECT t.name, c.name, '' FROM pragma_table_list t, pragma_table_info(t.name) c
	WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND c.type IN ('TEXT', 'BLOB')
	UNION ALL
	SELECT t.name, c.name, CASE WHEN l.partial THEN substr(s.sql, instr(s.sql, ' WHERE ') + 7) ELSE '' END
	FROM pragma_table_list t, pragma_table_info(t.name) c, pragma_index_list(t.name) l, pragma_index_info(l.name) i
		LEFT JOIN sqlite_schema s ON s.type = 'index' AND s.name = l.name
	WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND c.type IN ('TEXT', 'BLOB')
		AND i.name = c.name AND NOT (t.wr AND l.origin = 'pk')`

// longText is how long a value may be, in bytes, for its place in the file to be
// sure: longer ones go on in other pages, and a break may lie in the trace.
const longText = 500

// countRows counts how often a text is in the file because a row of some table has
// it. It rather misses one than counting it in vain.
func (s *core) countRows(ctx context.Context, text string) (int, error) {
	var copies []string
	rows, err := s.read.Query(ctx, textCopies)
	err = each(rows, err, func(scan scanner) error {
		var table, column, condition string
		err := scan(&table, &column, &condition)
		if condition != "" {
			condition = " AND (" + condition + ")"
		}
		copies = append(copies, fmt.Sprintf(`(SELECT
				coalesce(sum((length(v) - length(replace(v, $1, ''))) / length($1)), 0)
			FROM (SELECT CAST("%s" AS TEXT) AS v FROM "%s" WHERE length("%s") <= %d AND instr("%s", $1) > 0%s))`,
			column, table, column, longText, column, condition))
		return err
	})
	if err != nil {
		return 0, err
	}
	live := 0
	err = s.read.QueryRow(ctx, `SELECT `+strings.Join(copies, "\n+ "), text).Scan(&live)
	return live, err
}
