//go:build unix

package store

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shape asks for a line of text for each column, index and trigger that a database has.
type shape struct{ columns, keys, indexes, references, triggers string }

var sqliteShape = shape{
	columns: `SELECT t.name || '.' || c.name || ' ' ||
			CASE c.type WHEN 'INTEGER' THEN 'bigint' WHEN 'BLOB' THEN 'bytea' ELSE 'text C' END ||
			CASE WHEN c."notnull" = 1 OR c.pk > 0 THEN ' not null' ELSE '' END || coalesce(' ' || c.dflt_value, '')
		FROM sqlite_schema t, pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid`,
	keys: `SELECT t.name || ' (' || (SELECT group_concat(c.name) FROM (SELECT name FROM pragma_table_info(t.name)
				WHERE pk > 0 ORDER BY pk) c) || ')' AS line
			FROM sqlite_schema t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
		UNION SELECT t.name || ' (' || (SELECT group_concat(c.name) FROM pragma_index_info(i.name) c) || ')'
			FROM sqlite_schema t, pragma_index_list(t.name) i WHERE t.type = 'table' AND i.origin = 'u' ORDER BY line`,
	indexes: `SELECT i.name || ' on ' || t.name || ' (' ||
			(SELECT group_concat(c.name) FROM pragma_index_info(i.name) c) || ')' ||
			CASE i."unique" WHEN 1 THEN ' unique' ELSE '' END || CASE i.partial WHEN 1 THEN ' partial' ELSE '' END
		FROM sqlite_schema t, pragma_index_list(t.name) i
		WHERE t.type = 'table' AND i.origin = 'c' ORDER BY i.name`,
	references: `SELECT t.name || ' (' || group_concat(f."from") || ') ' || f."table" || ' ' || f.on_delete
		FROM sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'
		GROUP BY t.name, f.id, f."table", f.on_delete ORDER BY 1`,
	triggers: `SELECT name || ' on ' || tbl_name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name`,
}

var serverShape = shape{
	columns: `SELECT table_name || '.' || column_name || ' ' || data_type || coalesce(' ' || collation_name, '') ||
			CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END ||
			coalesce(' ' || replace(column_default, '::text', ''), '')
		FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name !~ '^deliveries_[0-9]' AND table_name NOT IN
			('form', 'chunks', 'machines', 'waiting', 'ledger', 'markers', 'origin', 'timelines')
		ORDER BY table_name, ordinal_position`,
	keys: `SELECT t.relname || ' (' || (SELECT string_agg(a.attname, ',' ORDER BY k.place)
				FROM unnest(c.conkey) WITH ORDINALITY k (number, place)
				JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number) || ')' AS line
			FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
			WHERE NOT t.relispartition AND c.contype IN ('p', 'u') AND c.connamespace = current_schema()::regnamespace
				AND t.relname NOT IN ('form', 'chunks', 'machines', 'markers', 'origin', 'timelines')
			ORDER BY line`,
	indexes: `SELECT i.relname || ' on ' || t.relname || ' (' || (SELECT string_agg(a.attname, ',' ORDER BY k.place)
				FROM unnest(x.indkey) WITH ORDINALITY k (number, place)
				JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number) || ')' ||
			CASE WHEN x.indisunique THEN ' unique' ELSE '' END ||
			CASE WHEN x.indpred IS NOT NULL THEN ' partial' ELSE '' END
		FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
		WHERE NOT t.relispartition AND i.relnamespace = current_schema()::regnamespace
			AND t.relname NOT IN ('chunks', 'machines', 'markers', 'origin', 'timelines')
			AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.oid AND c.contype IN ('p', 'u'))
		ORDER BY i.relname`,
	references: `SELECT t.relname || ' (' || (SELECT string_agg(a.attname, ',' ORDER BY k.place)
				FROM unnest(c.conkey) WITH ORDINALITY k (number, place)
				JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number) || ') ' || r.relname || ' ' ||
			CASE c.confdeltype WHEN 'c' THEN 'CASCADE' ELSE 'NO ACTION' END AS line
		FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid
		WHERE NOT t.relispartition AND c.contype = 'f' AND c.connamespace = current_schema()::regnamespace
			AND t.relname NOT IN ('chunks', 'machines', 'markers', 'origin', 'timelines')
		ORDER BY line`,
	// What gives a row its number there is no column's here.
	triggers: `SELECT g.tgname || ' on ' || t.relname FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
		WHERE NOT g.tgisinternal AND g.tgname NOT LIKE '%\_number' ORDER BY g.tgname`,
}

// Both databases have the same tables, but for what server_chunks.sql and server_house.sql say: who adds a column, an
// index or a check to one of them adds it to the other.
func TestBothSchemasSayTheSame(t *testing.T) {
	here, there := newFile(t).read, &transaction{c: onServer(t)}
	for _, what := range []struct{ name, sqlite, server string }{
		{"columns", sqliteShape.columns, serverShape.columns},
		{"keys", sqliteShape.keys, serverShape.keys},
		{"indexes", sqliteShape.indexes, serverShape.indexes},
		{"references", sqliteShape.references, serverShape.references},
		{"triggers", sqliteShape.triggers, serverShape.triggers},
	} {
		a, b := linesOf(t, here, what.sqlite), linesOf(t, there, what.server)
		if len(a) == 0 {
			t.Errorf("no %s were found", what.name)
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("%s: SQLite has -, PostgreSQL has +\n%s", what.name, diff)
		}
	}
	// The form of a server has a check of its own, in the place of a file's header.
	if a, b := checks(schema), checks(tablesOnServer)-1; a != b {
		t.Errorf("%d checks on SQLite, and %d on PostgreSQL", a, b)
	}
}

func linesOf(t *testing.T, c conn, query string) (lines []string) {
	t.Helper()
	rows, err := c.Query(t.Context(), query)
	if err = each(rows, err, func(scan scanner) error {
		var line string
		err := scan(&line)
		lines = append(lines, line)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return lines
}

var comment = regexp.MustCompile(`--[^\n]*`)

func checks(schema string) int { return strings.Count(comment.ReplaceAllString(schema, ""), "CHECK (") }

// The checks that each says in words of its own let the same through.
func TestBothSchemasRefuseTheSame(t *testing.T) {
	const (
		reader = `INSERT INTO subscribers (public_id, address, address_key, status, created_at)
			VALUES (1, $1, $1, 'unconfirmed', 0)`
		signUp = `INSERT INTO signups (address, asked_at, asked_from, mailbox_hash, step)
			VALUES ($1, 0, '', $2, 'waiting')`
		words = `INSERT INTO words (date, slot, sequence, subject, note, at) VALUES ('2026-11-22', $1, 1, $2, '', 0)`
		act   = `INSERT INTO acts (date, slot, sequence, act, by_whom, reason, at)
			VALUES ($1, 'evening', 1, 'hold', 'ada', '', 0)`
		test = `INSERT INTO tests (id, address, sent_at) VALUES (1, $1, 0)`
	)
	hash := []byte("hash")
	here, there := newFile(t).writer.conn, &transaction{c: onServer(t)}
	for _, is := range []struct {
		good  bool
		query string
		args  []any
	}{
		{true, reader, []any{"a@c.example"}},
		{false, reader, []any{"A@C.EXAMPLE \r\nx"}},
		{false, reader, []any{"a b@c.example"}},
		{false, reader, []any{"<a@c.example>"}},
		{false, reader, []any{"a\x01@c.example"}},
		{false, reader, []any{"a\x1f@c.example"}},
		{false, reader, []any{"a\x7f@c.example"}},
		{false, reader, []any{"nobody"}},
		{false, reader, []any{"@c.example"}},
		{true, signUp, []any{"ä\u00a0\u2028@c.example", hash}},
		{true, signUp, []any{"a!]^[\\-@c.example", hash}},
		{false, signUp, []any{"a\t@c.example", hash}},
		{true, words, []any{"evening", "Snow: <half> a metre"}},
		{true, words, []any{"noon", "\u0080\u0085"}},
		{false, words, []any{"morning", "a\nb"}},
		{false, words, []any{"morning", "a\x7fb"}},
		{false, words, []any{"morning", ""}},
		{true, act, []any{"2026-11-22"}},
		{false, act, []any{"2026-11-22\n"}},
		{false, act, []any{"22.11.2026"}},
		{false, act, []any{"2026-11-2٢"}},
		{true, test, []any{"a+{token}@c.example"}},
		{false, test, []any{"a@c.example"}},
	} {
		for name, c := range map[string]conn{"SQLite": here, "PostgreSQL": there} {
			if _, err := c.Exec(t.Context(), is.query, is.args...); (err == nil) != is.good {
				t.Errorf("%s: %q: %v", name, is.args, err)
			}
		}
	}
}
