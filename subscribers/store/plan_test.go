package store

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

// statementsOf gives the statements that a read made.
func statementsOf(t *testing.T, s *File, do func() error) []string {
	t.Helper()
	seen := map[string]bool{}
	before := s.read
	s.read = watched{before, func(query string) { seen[query] = true }}
	defer func() { s.read = before }()
	if err := do(); err != nil && !errors.Is(err, digest.ErrNotFound) {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(seen))
}

// passesMany finds in a plan what grows with the ledger: a scan of the deliveries or
// of the letters, or of all deliveries of an edition. What goes by an index of a few
// rows is none.
var passesMany = regexp.MustCompile(
	`(?m)^(SCAN (d|deliveries|letters)|SEARCH (d|deliveries) USING PRIMARY KEY \(edition=\?\))(?: .*)?$`)

// few are the indexes of rows that are under way, or that name somebody.
var few = regexp.MustCompile(`INDEX (deliveries|letters)_(attempting|quoting)\b|INDEX letters_pending\b`)

func passes(plan string) (lines []string) {
	for _, line := range passesMany.FindAllString(plan, -1) {
		if !few.MatchString(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// What the service asks each second, and what people look up, takes as long for a
// million readers as for one. Of SQLite alone: its plans.
func TestWhatIsLookedUpPassesNoLedger(t *testing.T) {
	s := newFile(t)
	addReaders(t, s, 3)
	mustOpen(t, s, 0)
	intendAll(t, s, 1, owed(t, s, 1, evening)[:1])
	for name, do := range lookUps(t, s) {
		queries := statementsOf(t, s, do)
		if len(queries) == 0 {
			t.Errorf("%s asked nothing", name)
		}
		for _, query := range queries {
			if lines := passes(plan(t, s, query)); len(lines) > 0 {
				t.Errorf("%s: %q in %s", name, lines, query)
			}
		}
	}
	// The control: what is known to count rows is seen to.
	for _, query := range statementsOf(t, s, func() error { return tallyOne(t, s) }) {
		if len(passes(plan(t, s, query))) == 0 {
			t.Errorf("a count of an edition passes no rows: %s", plan(t, s, query))
		}
	}
}

// lookUps are what the service asks each second, and what people look up of one reader or a day.
func lookUps(t *testing.T, s *File) map[string]func() error {
	ctx := context.Background()
	id, reader := opening(0).Edition.ID, address(t, "reader2@news.example")
	whole := digest.Whole()
	sweep := digest.Sweeping{Range: digest.Whole(), Now: evening, TooOld: evening.Add(-time.Hour)}
	return map[string]func() error{
		"Unfinished":        func() error { _, err := s.Book().Unfinished(ctx); return err },
		"OwedReports":       func() error { _, err := s.Book().OwedReports(ctx); return err },
		"CameBack":          func() error { _, err := s.Book().CameBack(ctx); return err },
		"RunReports":        func() error { _, err := s.Book().RunReports(ctx, 30); return err },
		"Records":           func() error { _, err := s.Book().Records(ctx); return err },
		"Receipt":           func() error { _, err := s.Book().Receipt(ctx, id, 2); return err },
		"Receipts":          func() error { _, err := s.Book().Receipts(ctx, 2); return err },
		"Quotes":            func() error { _, err := s.List().Quotes(ctx, reader, 0); return err },
		"Letter":            func() error { _, err := s.Outbox().Letter(ctx, 1); return err },
		"LettersTo":         func() error { _, err := s.Outbox().LettersTo(ctx, 2); return err },
		"Sweep":             func() error { _, err := s.Ledger(1).Sweep(ctx, sweep); return err },
		"Sweep of letters":  func() error { _, err := s.Outbox().Sweep(ctx, sweep); return err },
		"Owed":              func() error { _, err := s.Ledger(1).Owed(ctx, whole, evening, nil, 9); return err },
		"Owed from letters": func() error { _, err := s.Outbox().Owed(ctx, whole, evening, nil, 9); return err },
	}
}

// tallyOne counts a whole edition, as no look-up does.
func tallyOne(t *testing.T, s *File) error {
	_, err := s.Book().Tallied(t.Context(), opening(0).Edition.ID)
	return err
}

// What a message writes goes by the primary key.
func TestEachMessageIsWrittenByItsKey(t *testing.T) {
	s := newFile(t)
	l, o := s.Ledger(1), s.Outbox()
	for _, query := range []string{l.intendSQL, l.settleSQL, l.endSQL, o.intendSQL, o.settleSQL, o.endSQL} {
		got := plan(t, s, query)
		if !strings.HasPrefix(got, "SEARCH deliveries USING PRIMARY KEY (edition=? AND subscriber=?)") &&
			!strings.HasPrefix(got, "SEARCH letters USING INTEGER PRIMARY KEY (rowid=?)") {
			t.Errorf("%s in %s", got, query)
		}
		// A table made for the statement would cost as much as all the rest of it.
		if n := strings.Count(program(t, s, query), "OpenEphemeral"); n > 0 {
			t.Errorf("%d tables are made for %s", n, query)
		}
	}
	for _, query := range []string{
		`INSERT INTO subscribers (public_id, address, address_key, status, created_at) VALUES ($1, $2, $3, $4, $5)`,
		`INSERT INTO deliveries (edition, subscriber, variant, step, due_at, first_due_at, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`,
	} {
		if strings.Contains(program(t, s, query), "OpenEphemeral") {
			t.Errorf("a table is made for %s", query)
		}
	}
}

// program gives what SQLite makes of a statement: the names of its steps.
func program(t *testing.T, s *File, query string) string {
	t.Helper()
	numbers := map[string]bool{}
	for _, p := range parameter.FindAllString(query, -1) {
		numbers[p] = true
	}
	rows, err := s.db.QueryContext(t.Context(), `EXPLAIN `+query, make([]any, len(numbers))...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var step string
		var rest [7]any
		if err := rows.Scan(&rest[0], &step, &rest[1], &rest[2], &rest[3], &rest[4], &rest[5], &rest[6]); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(steps, "\n")
}
