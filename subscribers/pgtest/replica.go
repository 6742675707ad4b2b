//go:build unix

package pgtest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Replica gives a server that repeats all that this one does, and lets nobody write. It ends with
// the test.
func (s *Server) Replica(t testing.TB) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		t.Fatal(err)
	}
	r := &Server{Dir: dir, bin: s.bin}
	if err := r.own(); err != nil {
		t.Fatal(err)
	}
	line := append(strings.Fields(r.as), filepath.Join(r.bin, "pg_basebackup"), "--pgdata", r.data(), "--host", s.Dir,
		"--username", "postgres", "--write-recovery-conf", "--checkpoint", "fast", "--no-sync")
	if out, err := r.command(line[0], line[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("pg_basebackup: %v: %s", err, out)
	}
	if err := r.set("unix_socket_directories = '" + dir + "'"); err != nil {
		t.Fatal(err)
	}
	if err := r.run(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	return r
}

// Follows waits until the replica has all that the other server has by now.
func (s *Server) Follows(t testing.TB, other *Server) {
	t.Helper()
	at, is := "", false
	other.asks(t, &at, `SELECT CAST(pg_current_wal_lsn() AS TEXT)`)
	for every := time.NewTicker(20 * time.Millisecond); !is; <-every.C {
		s.asks(t, &is, `SELECT coalesce(pg_last_wal_replay_lsn() >= CAST($1 AS pg_lsn), false)`, at)
	}
}

// Promote has a replica take the other server's place: from then on it is a server of its own.
func (s *Server) Promote(t testing.TB) {
	t.Helper()
	done := false
	if s.asks(t, &done, `SELECT pg_promote()`); !done {
		t.Fatal("the replica does not take over")
	}
}

// asks asks a server for one value.
func (s *Server) asks(t testing.TB, into any, query string, args ...any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if err := conn.QueryRow(ctx, query, args...).Scan(into); err != nil {
		t.Fatal(err)
	}
}
