package store

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// kept makes the database that the last program of a version left behind, after an
// edition for four readers, one of whom the relay refused: testdata/version-N.sql is all
// that was in it.
func kept(t *testing.T, version int) string {
	t.Helper()
	statements, err := os.ReadFile(fmt.Sprintf("testdata/version-%d.sql", version))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "vesper.db")
	db, err := sql.Open("sqlite3", dsn(path, asking+"&_journal_mode=WAL"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(string(statements)); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestADatabaseOfEveryVersionIsBroughtUpWithACopyBesideIt(t *testing.T) {
	for version := 1; version < newest(); version++ {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			path := kept(t, version)
			var copies []string
			open := func() *File {
				s, err := Open(t.Context(), path, Options{
					Now: func() time.Time { return evening },
					Upgraded: func(from, to int, before string) {
						if from != version || to != newest() {
							t.Errorf("told of %d to %d, want %d to %d", from, to, version, newest())
						}
						copies = append(copies, before)
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			s := open()
			defer s.Close()
			if diff := cmp.Diff(form(t, newFile(t)), form(t, s)); diff != "" {
				t.Errorf("a new database and this one differ: %s", diff)
			}
			all, err := s.Book().Tallies(t.Context())
			if want := (digest.Tally{Opened: 4, Sent: 3, Failed: 1}); err != nil || len(all) != 1 || all[0].Tally != want {
				t.Fatalf("got %+v, %v; want one edition with %+v", all, err, want)
			}
			if faults, err := s.Book().Verify(t.Context(), all[0].Number); len(faults) > 0 || err != nil {
				t.Errorf("the edition: %v, %v", faults, err)
			}
			// What was over before there were reports is not told of now.
			if owed, err := s.Book().OwedReports(t.Context()); err != nil || len(owed) > 0 {
				t.Errorf("reports are owed on %+v, %v", owed, err)
			}
			if err := open().Close(); err != nil {
				t.Error(err)
			}
			if len(copies) != 1 {
				t.Fatalf("copies were made: %q, want one", copies)
			}
			isAsItWas(t, copies[0], version)
		})
	}
}

// isAsItWas looks at the copy that was made before a database was brought up.
func isAsItWas(t *testing.T, copied string, version int) {
	t.Helper()
	if info, err := os.Stat(copied); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v; want mode 0600", info, err)
	}
	db, err := sql.Open("sqlite3", dsn(copied, reading))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	got, whole, deliveries := 0, "", 0
	if err := db.QueryRow(`SELECT (SELECT user_version FROM pragma_user_version),
		(SELECT integrity_check FROM pragma_integrity_check), (SELECT count(*) FROM deliveries)`).
		Scan(&got, &whole, &deliveries); err != nil || got != version || whole != "ok" || deliveries != 4 {
		t.Errorf("the copy has version %d, %s, %d deliveries, %v; want %d, ok, 4", got, whole, deliveries, err, version)
	}
}

// A step that fails leaves the database as it was, and no copy that nobody needs.
func TestADatabaseThatCannotBeBroughtUpStaysAsItWas(t *testing.T) {
	path := kept(t, 4)
	db, err := sql.Open("sqlite3", dsn(path, asking))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE TABLE looks (mine)`); err != nil {
		t.Fatal(err)
	}
	told := func(int, int, string) { t.Error("told that it was brought up") }
	if s, err := Open(t.Context(), path, Options{Upgraded: told}); err == nil {
		s.Close()
		t.Fatal("it was opened")
	}
	version := 0
	if err := db.QueryRow(`PRAGMA user_version`).Scan(&version); err != nil || version != 4 {
		t.Errorf("got version %d, %v; want 4 as before", version, err)
	}
	if all, err := filepath.Glob(path + ".version*"); len(all) > 0 || err != nil {
		t.Errorf("left behind: %q, %v", all, err)
	}
}

func TestANewerDatabaseNamesTheProgramThatCanReadIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	s, err := Open(t.Context(), path, Options{Program: "vesper v9.1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", dsn(path, asking))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(fmt.Sprintf(`PRAGMA user_version = %d; DROP TABLE letters`, newest()+1)); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), path, Options{Program: "vesper v8"})
	if err == nil || !strings.HasSuffix(err.Error(), "a newer program made it: vesper v9.1") {
		t.Errorf("got %v, want the program's name", err)
	}
}
