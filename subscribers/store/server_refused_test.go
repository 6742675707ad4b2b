package store

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// asks runs statements of a server's admin.
func asks(t *testing.T, url string, statements ...string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.WithoutCancel(t.Context()))
	for _, s := range statements {
		if _, err := c.Exec(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// refusal gives why a database on a server is not opened.
func refusal(t *testing.T, url string) error {
	t.Helper()
	s, err := OpenServer(t.Context(), url, filepath.Join(t.TempDir(), "vesper"), Options{})
	if err == nil {
		s.Close()
		t.Fatal("it was opened")
	}
	return err
}

func TestTablesThatOurUserMayNotSeeAreAnotherPrograms(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	url := server.Database(t, "shared")
	asks(t, url, `CREATE TABLE theirs (n BIGINT)`, `CREATE ROLE paper LOGIN`, `GRANT ALL ON SCHEMA public TO paper`)
	if err := refusal(t, strings.Replace(url, "postgres@", "paper@", 1)); !errors.Is(err, digest.ErrForeign) {
		t.Errorf("got %v, want ErrForeign", err)
	}
}

func TestADatabaseForSomeTextsAloneIsRefused(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	asks(t, server.URL("postgres"), `CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0`)
	if err := refusal(t, server.URL("latin")); !strings.Contains(err.Error(), "UTF8 is needed") {
		t.Errorf("got %v", err)
	}
}

// Whoever stands by asks for the lock again and again, also while the server begins anew.
func TestWhoStandsByOutlivesThatTheServerDies(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	url := server.Database(t, "paper")
	s, err := OpenServer(t.Context(), url, filepath.Join(t.TempDir(), "vesper"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	asking, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() {
		var failed error
		for asking.Err() == nil && failed == nil {
			lock, err := s.Lock("serve")
			if err == nil {
				err = lock.Unlock()
			}
			failed = err
		}
		ended <- failed
	}()
	server.Signal(t, syscall.SIGKILL)
	stop()
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}
