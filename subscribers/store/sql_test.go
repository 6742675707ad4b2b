package store

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// watched is a conn of a test that looks at each statement.
type watched struct {
	conn
	look func(query string)
}

func (w watched) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	w.look(query)
	return w.conn.Exec(ctx, query, args...)
}

func (w watched) Query(ctx context.Context, query string, args ...any) (rows, error) {
	w.look(query)
	return w.conn.Query(ctx, query, args...)
}

func (w watched) QueryRow(ctx context.Context, query string, args ...any) row {
	w.look(query)
	return w.conn.QueryRow(ctx, query, args...)
}

// watchedServer is one to a server.
type watchedServer struct{ watched }

func (watchedServer) ofServer() {}

// ran has the statements that the tests have run until now, each with one of those tests.
var ran sync.Map

// watch has every statement of a test held against the rule of parameters. Those
// of the writer are looked at when the test is over.
func watch(t testing.TB, s *File) {
	t.Helper()
	look := func(query string) {
		if _, seen := ran.LoadOrStore(query, t.Name()); seen {
			return
		}
		if err := checkParameters(query); err != nil {
			t.Errorf("%v: %s", err, query)
		}
	}
	if isServer(s.read) {
		s.read = watchedServer{watched{s.read, look}}
		return
	}
	s.read = watched{s.read, look}
	t.Cleanup(func() {
		s.Close()
		for _, query := range written(s) {
			look(query)
		}
	})
}

// written gives the statements of the writer.
func written(s *File) []string {
	c := s.writer.conn
	return append(slices.Collect(maps.Keys(c.statements)), slices.Collect(maps.Keys(c.direct.statements))...)
}

// quoted and parameter are parts of SQL: texts, and what stands for a value.
var (
	quoted    = regexp.MustCompile(`'[^']*'|--[^\n]*`)
	parameter = regexp.MustCompile(`\$(\d+)|\?`)
)

// checkParameters says what is wrong with the parameters of a statement: they are $1, $2 …
// and first appear in this order.
func checkParameters(query string) error { return checkFrom(query, 0) }

// checkFrom does so for a text that goes on after so many parameters.
func checkFrom(query string, last int) error {
	for _, p := range parameter.FindAllStringSubmatch(quoted.ReplaceAllString(query, ""), -1) {
		n, err := strconv.Atoi(p[1])
		if err != nil {
			return fmt.Errorf("%s is no numbered parameter", p[0])
		}
		if n > last+1 {
			return fmt.Errorf("$%d appears before $%d", n, last+1)
		}
		last = max(last, n)
	}
	return nil
}

// plan gives how SQLite answers a statement, and has the parameters be NULL.
func plan(t testing.TB, s *File, query string) string {
	t.Helper()
	numbers := map[string]bool{}
	for _, p := range parameter.FindAllString(quoted.ReplaceAllString(query, ""), -1) {
		numbers[p] = true
	}
	rows, err := s.db.QueryContext(t.Context(), `EXPLAIN QUERY PLAN `+query, make([]any, len(numbers))...)
	if err != nil {
		t.Fatalf("%v: %s", err, query)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// Others give $1 the first value. go-sqlite3 gives the first value to whatever
// appears first: so that one text serves both, $1 appears first.
func TestParametersAreBoundAsTheyAppear(t *testing.T) {
	s := newFile(t)
	ask := func(query string) string {
		var a, b, c string
		if err := s.db.QueryRowContext(t.Context(), query, "one", "two").Scan(&a, &b, &c); err != nil {
			t.Fatal(err)
		}
		return a + " " + b + " " + c
	}
	if got, want := ask(`SELECT $1, $2, $1`), "one two one"; got != want {
		t.Errorf("in order: got %q, want %q", got, want)
	}
	if got, want := ask(`SELECT $2, $1, $2`), "one two one"; got != want {
		t.Errorf("out of order: got %q, want %q: go-sqlite3 has come to heed the numbers", got, want)
	}
}

func TestTheRuleOfParametersIsHeldAgainst(t *testing.T) {
	for query, good := range map[string]bool{
		`SELECT 1`:              true,
		`SELECT $1, $2, $1, $3`: true,
		`SELECT $2, $1`:         false,
		`SELECT $1, $3`:         false,
		`SELECT ?`:              false,
		`SELECT ?1`:             false,
		`SELECT '$7 and ?', $1 -- what is $9?` + "\n": true,
	} {
		if err := checkParameters(query); (err == nil) != good {
			t.Errorf("%s: got %v", query, err)
		}
	}
}

// Each statement that a test runs is looked at by watch. This finds those in the
// source that no test runs: every text that is known when the program is built.
func TestParametersFirstAppearInOrder(t *testing.T) {
	texts := constantTexts(t, func(text string) bool {
		// A question to people may end with the mark.
		return parameter.MatchString(quoted.ReplaceAllString(text, "")) &&
			(verb.MatchString(text) || strings.Contains(text, "$"))
	})
	if len(texts) < 50 {
		t.Errorf("only %d texts with parameters were found", len(texts))
	}
	for text, where := range texts {
		// A text that goes on a statement may begin with any number.
		shift := 0
		first := parameter.FindStringSubmatch(quoted.ReplaceAllString(text, ""))
		if !verb.MatchString(text) && first[1] != "" {
			shift, _ = strconv.Atoi(first[1])
			shift--
		}
		if err := checkFrom(text, shift); err != nil {
			t.Errorf("%s: %v: %s", where, err, text)
		}
	}
}

// verb begins a statement.
var verb = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE)\b`)
