//go:build unix

package pgtest

import (
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestAServerThatDiesComesBackWithWhatWasCommitted(t *testing.T) {
	s := Start(t)
	url := s.Database(t, "paper")
	ask := func(query string) (n int) {
		t.Helper()
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		if err := conn.QueryRow(t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for i, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		made, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		_, err = made.Exec(t.Context(), `CREATE TABLE IF NOT EXISTS kept (n BIGINT); INSERT INTO kept VALUES (1)`)
		if err != nil {
			t.Fatal(err)
		}
		made.Close(t.Context())
		s.Signal(t, signal)
		if n := ask(`SELECT count(*) FROM kept`); n != i+1 {
			t.Errorf("%d rows after %v, want %d", n, signal, i+1)
		}
	}
}

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	if a, b := New(t), New(t); a == b {
		t.Error("the same twice")
	}
}

func TestACopyHasWhatTheOtherHas(t *testing.T) {
	of := New(t)
	ask := func(url, query string) {
		t.Helper()
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		if _, err := conn.Exec(t.Context(), query); err != nil {
			t.Error(err)
		}
	}
	ask(of, `CREATE TABLE kept (n BIGINT)`)
	one, other := Copy(t, of), Copy(t, of)
	ask(one, `DROP TABLE kept`)
	ask(other, `SELECT n FROM kept`)
}
