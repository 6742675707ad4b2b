//go:build unix

package store

import (
	"path/filepath"
	"strings"
	"testing"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// Each machine needs up to 17 connections: a limit that is below that is said before a machine is refused.
func TestTooFewConnectionsForTheMachinesAreFound(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	asks(t, server.URL("postgres"), `CREATE ROLE paper LOGIN`, `CREATE DATABASE paper OWNER paper`)
	url := strings.Replace(server.URL("paper"), "postgres@", "paper@", 1)
	one, other := openServerAt(t, url, Options{}), openServerAt(t, url, Options{})
	found := func() (what string) {
		t.Helper()
		all, usable := ExamineServer(t.Context(), url, filepath.Join(t.TempDir(), "vesper"))
		if !usable {
			t.Errorf("it is not usable: %+v", all)
		}
		for _, f := range all {
			if f.Name == "connections" {
				what += f.Message + f.Hint
			}
		}
		return what
	}
	limit := func(limit string) { t.Helper(); asks(t, server.URL("postgres"), limit) }
	limit(`ALTER ROLE paper CONNECTION LIMIT 33`)
	if _, err := one.Beat(t.Context(), digest.Beat{Role: "serve"}); err != nil {
		t.Fatal(err)
	}
	if got := found(); got != "" {
		t.Errorf("one machine: got %q", got)
	}
	if _, err := other.Beat(t.Context(), digest.Beat{Role: "serve"}); err != nil {
		t.Fatal(err)
	}
	if got := found(); !strings.Contains(got, "the user's limit lets in 33, and the machines that serve may need 34") {
		t.Errorf("two machines: got %q", got)
	}
	limit(`ALTER DATABASE paper CONNECTION LIMIT 30`)
	if got := found(); !strings.Contains(got, "the database's limit lets in 30") {
		t.Errorf("the database: got %q", got)
	}
}
