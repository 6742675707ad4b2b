//go:build unix

package store

import (
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// fillServer has a year's ledger in small: of three editions one is being sent.
const fillServer = `
	INSERT INTO keys (id, purpose, secret, created_at, current) VALUES (1, 'link', decode(repeat('00', 32), 'hex'), 1, 1);
	INSERT INTO subscribers (public_id, address, address_key, status, created_at, confirmed_at)
		SELECT i, 'r' || i || '@x.example', 'r' || i || '@x.example', 'active', 1, 1 FROM generate_series(1, 3000) i;
	INSERT INTO editions (number, date, slot, sequence, title, state, entered_at, window_from, cut_off, opened_at,
			link_key, content_hash, done_at, sent, failed, expired, skipped, unknown, doubts)
		SELECT i, '2026-11-' || 10 + i, 'evening', 1, '', CASE i WHEN 3 THEN 'sending' ELSE 'done' END, 1, 1, 1, 1, 1,
			decode(repeat('00', 32), 'hex'), d, d, d, d, d, d, d
		FROM generate_series(1, 3) i, LATERAL (SELECT CASE WHEN i < 3 THEN 0 END AS d) d;
	INSERT INTO edition_messages SELECT i, 'designed', '', 'x' FROM generate_series(1, 3) i;
	INSERT INTO deliveries (edition, subscriber, variant, step, due_at, first_due_at, at)
		SELECT e, s, 'designed', CASE WHEN e = 3 AND s > 2500 THEN 'pending' ELSE 'sent' END, 1, 1, 1
		FROM generate_series(1, 3) e, generate_series(1, 3000) s;
	INSERT INTO letters (kind, address, return_path, bytes, step, due_at, first_due_at, at, created_at, subscriber)
		SELECT 'welcome', '', '', '', 'sent', 1, 1, 1, 1, i FROM generate_series(1, 3000) i;
	ANALYZE; SET plan_cache_mode = force_generic_plan`

// passing are the steps of a plan that may pass many rows of the ledger or of the letters.
var passing = regexp.MustCompile(
	`(Seq Scan|Index Scan using|Index Only Scan using|Bitmap Index Scan)(?: on)? ((?:deliveries|letters)\w*)[^>]*`)

// Indexes of a few rows, and those that are asked for one reader's or for what is due, are no
// matter.
var (
	ofFew = regexp.MustCompile(`^(deliveries|letters)_(attempting|quoting)|^letters_pending`)
	asked = regexp.MustCompile(`^deliveries_pending|^letters_subscriber`)
)

// inheritedNames calls the indexes of the ledger's volumes what they are called on the whole of it.
func inheritedNames(t *testing.T, c *pgx.Conn) *strings.Replacer {
	t.Helper()
	rows, err := c.Query(t.Context(), `SELECT v.relname, d.relname FROM pg_inherits i JOIN pg_class v ON v.oid = i.inhrelid
		JOIN pg_class d ON d.oid = i.inhparent WHERE v.relkind = 'i'`)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var volume, whole string
	if _, err := pgx.ForEachRow(rows, []any{&volume, &whole}, func() error {
		names = append(names, volume, whole)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(names...)
}

func passesOnServer(t *testing.T, c *pgx.Conn, query string) (steps []string) {
	t.Helper()
	plan, err := planOf(t.Context(), c, query)
	if err != nil {
		t.Fatalf("%v: %s", err, query)
	}
	plan = inheritedNames(t, c).Replace(plan)
	for _, step := range passing.FindAllStringSubmatch(plan, -1) {
		_, cond, _ := strings.Cut(step[0], "Index Cond: ")
		cond, _, _ = strings.Cut(cond, "\n")
		byKey := strings.HasSuffix(step[2], "_pkey") &&
			(strings.Contains(cond, "subscriber = ") || strings.Contains(cond, "(id "))
		if !ofFew.MatchString(step[2]) && (!asked.MatchString(step[2]) || cond == "") && !byKey {
			steps = append(steps, step[0])
		}
	}
	return steps
}

// What is looked up each second takes as long on a server, too, for a million readers as for one.
func TestWhatIsLookedUpOnAServerPassesNoLedger(t *testing.T) {
	s := newFile(t)
	addReaders(t, s, 3)
	mustOpen(t, s, 0)
	intendAll(t, s, 1, owed(t, s, 1, evening)[:1])
	c := onServer(t)
	if _, err := c.PgConn().Exec(t.Context(), fillServer).ReadAll(); err != nil {
		t.Fatal(err)
	}
	l, o := s.Ledger(1), s.Outbox()
	all := map[string][]string{"a message": {l.intendSQL, l.settleSQL, l.endSQL, l.sentSQL, o.intendSQL, o.settleSQL}}
	for name, do := range lookUps(t, s) {
		all[name] = statementsOf(t, s, do)
	}
	for name, queries := range all {
		for _, query := range queries {
			if steps := passesOnServer(t, c, query); len(steps) > 0 {
				t.Errorf("%s: %q in %s", name, steps, query)
			}
		}
	}
	// The control: what is known to count rows is seen to.
	for _, query := range statementsOf(t, s, func() error { return tallyOne(t, s) }) {
		if len(passesOnServer(t, c, query)) == 0 {
			t.Errorf("a count of an edition passes no rows: %s", query)
		}
	}
}

// Who leaves while an edition waits in chunks is found there without a row for each reader of
// a chunk, and their chunk is written by its key.
func TestWhoLeavesIsFoundInTheirChunkAlone(t *testing.T) {
	c := onServer(t)
	if _, err := c.Exec(t.Context(), `SET plan_cache_mode = force_generic_plan`); err != nil {
		t.Fatal(err)
	}
	plan, err := planOf(t.Context(), c, enterOne)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(plan, "Function Scan") || strings.Contains(plan, "Seq Scan on chunks") ||
		!strings.Contains(plan, "Index Cond: ((edition = $1) AND (number = $") {
		t.Error(plan)
	}
}
