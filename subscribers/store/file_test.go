package store

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"vesper/digest"
)

func TestOnlyTheOwnerCanReadTheFiles(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "home")
	s := openFile(t, filepath.Join(folder, "vesper.db"))
	addReaders(t, s, 1)
	lock, err := s.Lock("serve")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	for name, want := range map[string]os.FileMode{
		"": 0o700, "vesper.db": 0o600, "vesper.db-wal": 0o600, "vesper.db-shm": 0o600, "vesper.db.lock": 0o600,
	} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%q has mode %o, want %o", name, got, want)
		}
	}
}

func TestALooserFileIsTightened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	openFile(t, path).Close()
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	openFile(t, path)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v, want 0600", info.Mode(), err)
	}
}

func TestAPathMayHoldAnything(t *testing.T) {
	for _, name := range []string{"a?b", "a#b", "100%", "a b", "x%3fy", "ä&mode=ro", "file:a"} {
		path := filepath.Join(t.TempDir(), name, "vesper?_x=1 #2.db")
		addReaders(t, openFile(t, path), 1)
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestCommitsAreMadeToLast(t *testing.T) {
	s := newFile(t)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1", "busy_timeout": "250",
	} {
		var got string
		if err := s.writer.conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q (%v), want %q", pragma, got, err, want)
		}
	}
	if _, err := s.db.ExecContext(t.Context(), `DELETE FROM keys`); err == nil {
		t.Error("a reading connection wrote")
	}
}

func TestALinkLeadsToTheSameLock(t *testing.T) {
	folder := t.TempDir()
	s := openFile(t, filepath.Join(folder, "vesper.db"))
	link := filepath.Join(folder, "link.db")
	if err := os.Symlink("vesper.db", link); err != nil {
		t.Fatal(err)
	}
	lock, err := s.Lock("serve")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	if _, err := openFile(t, link).Lock("serve"); err == nil {
		t.Error("the link has a lock of its own")
	}
}

func TestForeignFilesAreRefusedAndLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	other := func(statements string) func(t *testing.T) {
		return func(t *testing.T) {
			db, err := sql.Open("sqlite3", dsn(path, asking))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec(statements); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name string
		make func(t *testing.T)
		want string
	}{
		{"no database", func(t *testing.T) {
			if err := os.WriteFile(path, []byte(strings.Repeat("not a database\n", 200)), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "not a SQLite database"},
		{"another program's", other(`CREATE TABLE cars (id INTEGER)`), "database of another program"},
		{
			"a newer version's", other(fmt.Sprintf(`CREATE TABLE cars (id INTEGER);
			PRAGMA application_id = %d; PRAGMA user_version = %d`, application, newest()+1)),
			"a newer program made it",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			os.Remove(path)
			c.make(t)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Open(t.Context(), path, Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want %q and the path", err, c.want)
			}
			after, err := os.ReadFile(path)
			if err != nil || string(after) != string(before) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

func TestProcessesMayMakeTheDatabaseAtOnce(t *testing.T) {
	for range 5 {
		path := filepath.Join(t.TempDir(), "vesper.db")
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				s, err := Open(t.Context(), path, Options{})
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := number(t, openFile(t, path), `SELECT count(*) FROM keys`); got != 3 {
			t.Errorf("got %d keys, want 3", got)
		}
	}
}

func TestCheckFindsAWholeDatabase(t *testing.T) {
	if err := newFile(t).Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// The file beside the database says who has the lock, and since when by the clock
// that the program was given.
func TestOneHasTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	a, b := openFile(t, path), openFile(t, path)
	lock, err := a.Lock("serve")
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Lock("send")
	held, ok := errors.AsType[*digest.HeldError](err)
	if !ok || held.Role != "serve" || held.PID != os.Getpid() || !held.Since.Equal(evening) {
		t.Fatalf("got %#v (%v), want this process as serve since %v", held, err, evening)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	if lock, err = b.Lock("send"); err != nil {
		t.Fatal(err)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestOwnersAreToldApart(t *testing.T) {
	a, b := newFile(t), newFile(t)
	if a.owner == b.owner || !strings.HasPrefix(a.owner, fmt.Sprintf("%d@", os.Getpid())) {
		t.Errorf("got %q and %q, want two names of this process", a.owner, b.owner)
	}
}
