package store

import (
	"context"
	"fmt"
	"strings"
)

// textCopies asks SQLite where texts lie in the file: each column of texts or bytes
// lies once in its table and once more in each index that has it. The third column is
// the condition of the rows that a partial index has, and empty for all rows. The
// primary key of a table WITHOUT ROWID is the table itself, and no copy.
const textCopies = `
	SELECT t.name, c.name, '' FROM pragma_table_list t, pragma_table_info(t.name) c
	WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND c.type IN ('TEXT', 'BLOB')
	UNION ALL
	SELECT t.name, c.name, CASE WHEN l.partial THEN substr(s.sql, instr(s.sql, ' WHERE ') + 7) ELSE '' END
	FROM pragma_table_list t, pragma_table_info(t.name) c, pragma_index_list(t.name) l, pragma_index_info(l.name) i
		LEFT JOIN sqlite_schema s ON s.type = 'index' AND s.name = l.name
	WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND c.type IN ('TEXT', 'BLOB')
		AND i.name = c.name AND NOT (t.wr AND l.origin = 'pk')`

// longText is the length in bytes up to which a value surely lies in one piece.
// SQLite puts the rest of a longer one into other pages, and the text that is looked
// for may be cut in two there.
const longText = 500

// countRows counts how often a text is in the file because a row of some table has
// it. Where it can't be sure it does not count: at worst the file is written anew in
// vain.
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
