//go:build unix

package store

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// What would fail at the place that a database is to be moved to is said by a dry run, and by the move before
// a row is copied. Neither changes anything there.
func TestADryRunSaysWhatAMoveWouldFailAt(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	asks(t, server.Database(t, "admin"), `CREATE ROLE paper LOGIN`, `CREATE ROLE other LOGIN`)
	file := aHouse(t, filepath.Join(t.TempDir(), "vesper.db"), 3)
	for name, c := range map[string]struct {
		as, prepare, words string
		want               error
	}{
		"notables":   {"paper", `SELECT 1`, "permission denied for schema public", digest.ErrNoRight},
		"noschemas":  {"paper", `GRANT CREATE ON SCHEMA public TO paper`, "denied for database", digest.ErrNoRight},
		"unseen":     {"paper", `DROP SCHEMA public`, "no schema", digest.ErrNoRight},
		"forbidden":  {"paper", theirForm, "permission denied for table form", ErrOccupied},
		"theirs":     {"postgres", `CREATE TABLE theirs (id INT)`, "another program", digest.ErrForeign},
		"aview":      {"postgres", `CREATE VIEW subscribers AS SELECT 1 AS one`, `"subscribers" already exists`, ErrOccupied},
		"atype":      {"postgres", `CREATE TYPE editions AS (one INT)`, `"editions" already exists`, ErrOccupied},
		"theirsjobs": {"paper", theirJobs, "another user's tables are in public_river", digest.ErrNoRight},
	} {
		to := Place{Path: filepath.Join(t.TempDir(), "vesper.postgres"), URL: server.Database(t, name)}
		asks(t, to.URL, c.prepare)
		admin := to.URL
		to.URL = as(t, to.URL, c.as)
		before := namesIn(t, admin)
		for _, dry := range []bool{true, false} {
			how := moving1(file, to)
			how.DryRun = dry
			how.Told = func(done, _ int64) {
				if done > 0 {
					t.Errorf("%s: rows were copied", name)
				}
			}
			_, err := Move(t.Context(), how)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.words) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s, dry %t: got %v, want %v with %q", name, dry, err, c.want, c.words)
			}
		}
		if after := namesIn(t, admin); after != before {
			t.Errorf("%s: there is %s, and was %s", name, after, before)
		}
	}
	// Who owns the database may, and finds nothing of the dry run.
	to := Place{Path: filepath.Join(t.TempDir(), "vesper.postgres"), URL: server.Database(t, "own")}
	asks(t, to.URL, `ALTER DATABASE own OWNER TO paper`)
	admin := to.URL
	to.URL = as(t, to.URL, "paper")
	before := namesIn(t, admin)
	how := moving1(file, to)
	how.DryRun = true
	if moved, err := Move(t.Context(), how); err != nil || moved.Rows() == 0 {
		t.Errorf("the owner: %+v, %v", moved, err)
	}
	if after := namesIn(t, admin); after != before {
		t.Errorf("a dry run left %s", after)
	}
	isUntouched(t, file, to)
}

// theirForm is a Vesper's that another user has.
const theirForm = `CREATE TABLE form ("only" INT, version INT, works_with INT)`

// theirJobs is a database of which somebody else has made River's tables.
const theirJobs = `ALTER DATABASE theirsjobs OWNER TO paper; CREATE SCHEMA public_river;
	GRANT ALL ON SCHEMA public_river TO paper; CREATE TABLE public_river.river_migration (id INT)`

// as gives the address of a database for another user.
func as(t *testing.T, address, user string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(user)
	return u.String()
}

// namesIn gives the names of all that people have made in a database.
func namesIn(t *testing.T, url string) (names string) {
	t.Helper()
	c, err := newServerConn(t, Place{URL: url})
	if err == nil {
		err = c.QueryRow(t.Context(), `SELECT coalesce(string_agg(name, ' ' ORDER BY name), '') FROM (
			SELECT relname AS name FROM pg_class WHERE oid >= 16384
			UNION ALL SELECT nspname FROM pg_namespace WHERE oid >= 16384
			UNION ALL SELECT proname FROM pg_proc WHERE oid >= 16384) n WHERE name NOT LIKE 'pg_%'`).Scan(&names)
	}
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestADryRunToAFileMakesNone(t *testing.T) {
	server, dir := aServer(t), t.TempDir()
	if s, err := openAt(t, server, false); err != nil || s.Close() != nil {
		t.Fatal(err)
	}
	dry := func(path string) error {
		how := moving1(server, Place{Path: path})
		how.DryRun = true
		_, err := Move(t.Context(), how)
		return err
	}
	if err := dry(filepath.Join(dir, "back.db")); err != nil {
		t.Error(err)
	}
	if err := dry(filepath.Join(dir, "nowhere", "back.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without its folder: %v", err)
	}
	if err := dry(filepath.Join(dir, strings.Repeat("b", 300))); err == nil {
		t.Error("a name that no file can have was taken")
	}
	if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
		t.Errorf("it left %v, %v", left, err)
	}
}
