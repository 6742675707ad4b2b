package store

import (
	"path"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vesper/digest/whole"
	"vesper/subscribers/pgtest"
	"vesper/subscribers/storetest"
)

// The promises of every store. What is true of SQLite alone is tested beside this,
// and says so.
func TestSQLiteKeepsEveryPromise(t *testing.T) {
	storetest.Run(t, func(t testing.TB) storetest.Open {
		file := filepath.Join(t.TempDir(), "vesper.db")
		return func(t testing.TB, o storetest.Options) storetest.Store {
			s := openWith(t, file, Options{Lease: o.Lease, Now: func() time.Time { return evening }})
			return asStore(true, s)
		}
	})
}

func TestPostgreSQLKeepsEveryPromise(t *testing.T) {
	empty := emptyServer(t)
	storetest.Run(t, func(t testing.TB) storetest.Open {
		// All of them are raced on SQLite.
		if !slices.Contains(storetest.SideBySide, path.Base(t.Name())) {
			whole.NotRaced(t)
		}
		url := pgtest.Copy(t, empty)
		return func(t testing.TB, o storetest.Options) storetest.Store {
			// Each is a process on a machine of its own.
			beside := filepath.Join(t.TempDir(), "vesper")
			s, err := OpenServer(t.Context(), url, beside, Options{
				Lease: o.Lease, Now: func() time.Time { return evening }, Chunk: 2,
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			watch(t, s)
			return asStore(false, s)
		}
	})
}

func asStore(alone bool, s *File) storetest.Store {
	return storetest.Store{
		List: s.List(), Reports: s.List(), Inbox: s.List(), Feeds: s.Feeds(), Book: s.Book(), Outbox: s.Outbox(),
		Alarms: s.Alarms(), Alone: alone, Beside: beside{s.Mailboxes(), s.Tests(), s.Topics()},
		Ledger: func(number uint32) storetest.Ledger { return s.Ledger(number) },
		Lock: func(role string) (func() error, error) {
			lock, err := s.Lock(role)
			if err != nil {
				return nil, err
			}
			return lock.Unlock, nil
		},
		Close: s.Close,
	}
}

// beside are the small parts.
type beside struct {
	*Mailboxes
	*Tests
	*Topics
}

// emptyServer gives a database on PostgreSQL with all tables and nobody in them, to be copied.
func emptyServer(t testing.TB) string {
	t.Helper()
	url := pgtest.New(t)
	s, err := OpenServer(t.Context(), url, filepath.Join(t.TempDir(), "vesper"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return url
}
