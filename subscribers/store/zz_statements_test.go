//go:build unix

package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"vesper/digest/whole"
	"vesper/subscribers/pgtest"
)

// onServer gives a PostgreSQL with our schema.
func onServer(t *testing.T) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	if _, err := c.PgConn().Exec(t.Context(), serverSchema).ReadAll(); err != nil {
		t.Fatal(err)
	}
	return c
}

// One text of a statement serves both databases: PostgreSQL takes each that is written in the
// sources, and each that the other tests have run, as they stand. This is in the last file,
// so that by then they have.
func TestPostgreSQLTakesEveryStatement(t *testing.T) {
	whole.NotRaced(t)
	c := onServer(t)
	// A plan shows what parsing alone does not, such as an index that no conflict fits.
	if _, err := c.Exec(t.Context(), `SET plan_cache_mode = force_generic_plan`); err != nil {
		t.Fatal(err)
	}
	all := statementsInSources(t)
	if len(all) < 150 {
		t.Errorf("only %d statements were found in the sources", len(all))
	}
	maps.Copy(all, ranBefore())
	for _, query := range slices.Sorted(maps.Keys(all)) {
		if err := takes(t.Context(), c, query); err != nil {
			t.Errorf("%s: %v\n%s", all[query], err, query)
		}
	}
	t.Logf("%d statements", len(all))
}

// What is put together when the program runs is seen by no look at the sources: some test
// runs it.
func TestWhatIsPutTogetherIsRunByATest(t *testing.T) {
	whole.NotRaced(t)
	ran := slices.Collect(maps.Keys(ranBefore()))
	if len(ran) < 300 {
		t.Skipf("only %d statements have been run: this is for a run of all tests", len(ran))
	}
	whole := statementsInSources(t)
	for text, where := range constantTexts(t, verb.MatchString) {
		file, _, _ := strings.Cut(where, ":")
		_, is := whole[text]
		if is || ofTheFile[file] || strings.HasPrefix(file, ofTheServer) || strings.Contains(text, "%") {
			continue
		}
		if !slices.ContainsFunc(ran, func(query string) bool { return strings.Contains(query, text) }) {
			t.Errorf("%s: no test runs what begins with %q", where, text)
		}
	}
}

// ranBefore gives the statements that tests have run which are about what both databases have.
func ranBefore() map[string]string {
	all := map[string]string{}
	ran.Range(func(query, test any) bool {
		if q := query.(string); verb.MatchString(q) && !dialect.MatchString(q) {
			all[q] = test.(string)
		}
		return true
	})
	return all
}

// takes has a statement prepared and planned, with values that are not known.
func takes(ctx context.Context, c *pgx.Conn, query string) error {
	_, err := planOf(ctx, c, query)
	return err
}

func planOf(ctx context.Context, c *pgx.Conn, query string) (string, error) {
	is, err := c.Prepare(ctx, "one", query)
	if err != nil {
		return "", err
	}
	values := ""
	if n := len(is.ParamOIDs); n > 0 {
		values = `(` + strings.TrimSuffix(strings.Repeat(`NULL, `, n), `, `) + `)`
	}
	answers, err := c.PgConn().Exec(ctx, `EXPLAIN (COSTS OFF) EXECUTE one`+values).ReadAll()
	var plan strings.Builder
	for _, a := range answers {
		for _, row := range a.Rows {
			plan.Write(append(row[0], '\n'))
		}
	}
	return plan.String(), errors.Join(err, c.Deallocate(ctx, "one"))
}
