package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

// backedUp gives a database with two readers that is open, and a backup of it that has
// the first alone, still in its log.
func backedUp(t *testing.T) (s *File, path, backup string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "vesper.db")
	s = openFile(t, path)
	addReader(t, s, "one@news.example")
	backup = filepath.Join(t.TempDir(), "backup.db")
	for _, end := range []string{"", "-wal"} {
		copyFile(t, path+end, backup+end)
	}
	addReader(t, s, "two@news.example")
	return s, path, backup
}

// noJournal is how a backup is put back of which no journal is left.
var noJournal = Restoring{Now: func() time.Time { return evening }}

// restore puts a backup back, and gives where the database before it lies.
func restore(t *testing.T, path, backup string) (before string, err error) {
	t.Helper()
	done, err := Restore(t.Context(), path, backup, noJournal)
	return done.Before, err
}

func readersIn(t *testing.T, path string) int {
	t.Helper()
	s := openFile(t, path)
	defer s.Close()
	return number(t, s, `SELECT count(*) FROM subscribers`)
}

func TestABackupIsPutInTheDatabasesPlace(t *testing.T) {
	s, path, backup := backedUp(t)
	lock, err := s.Lock("serve")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := restore(t, path, backup); !errors.As(err, new(*digest.HeldError)) {
		t.Errorf("got %v, want who delivers", err)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	if _, err := Fit(t.Context(), path, backup, noJournal); err != nil {
		t.Error(err)
	}
	if n := number(t, s, `SELECT count(*) FROM subscribers`); n != 2 {
		t.Errorf("a look left %d readers", n)
	}
	before, err := restore(t, path, backup)
	if want := path + ".before-20261122T230000Z"; before != want || err != nil {
		t.Errorf("got %q, %v, want %q", before, err, want)
	}
	// Who had the database open writes nothing more, to neither.
	_, _, err = s.List().Add(t.Context(), activeReader(t, "three@news.example"), evening)
	if !errors.Is(err, digest.ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
	s.Close()
	// It can be done twice within a second.
	again, err := restore(t, path, before)
	if again != before+"-2" || err != nil {
		t.Errorf("got %q, %v", again, err)
	}
	for file, want := range map[string]int{path: 2, again: 1, before: 2} {
		if n := readersIn(t, file); n != want {
			t.Errorf("%s has %d readers, want %d", file, n, want)
		}
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".restore-*"))
	if len(left) > 0 || err != nil {
		t.Errorf("%v, %v are left", left, err)
	}
}

// A log that a lost database left is not one of the backup's.
func TestABackupIsPutWhereADatabaseIsGone(t *testing.T) {
	s, path, backup := backedUp(t)
	log := filepath.Join(t.TempDir(), "log")
	copyFile(t, path+"-wal", log)
	s.Close()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	copyFile(t, log, path+"-wal")
	before, err := restore(t, path, backup)
	if before != "" || err != nil {
		t.Errorf("got %q, %v", before, err)
	}
	if n := readersIn(t, path); n != 1 {
		t.Errorf("%d readers, want 1", n)
	}
}

// One that can't be read any more is no hindrance, and is kept as it is.
func TestABackupReplacesADamagedDatabase(t *testing.T) {
	s, path, backup := backedUp(t)
	s.Close()
	rubbish := []byte(strings.Repeat("rubbish ", 1000))
	if err := os.WriteFile(path, rubbish, 0o600); err != nil {
		t.Fatal(err)
	}
	before, err := restore(t, path, backup)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(before); string(kept) != string(rubbish) || err != nil {
		t.Errorf("%d bytes are kept, %v", len(kept), err)
	}
	if n := readersIn(t, path); n != 1 {
		t.Errorf("%d readers, want 1", n)
	}
}

func TestOnlyAWholeDatabaseOfOursIsPutInItsPlace(t *testing.T) {
	s, path, backup := backedUp(t)
	dir := t.TempDir()
	file := func(name string, text []byte) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	if _, err := s.writer.conn.ExecContext(t.Context(), `VACUUM INTO ?`, filepath.Join(dir, "whole")); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(dir, "whole"))
	if err != nil {
		t.Fatal(err)
	}
	holed, newer, foreign := append([]byte{}, good...), append([]byte{}, good...), append([]byte{}, good...)
	for i := len(holed) / 2; i < len(holed)/2+20000; i++ {
		holed[i] = 0xa5
	}
	newer[63], foreign[71] = 99, 1 // user_version and application_id in the header
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"none": filepath.Join(dir, "none"), "a folder": dir, "empty": file("empty", nil),
		"no database": file("text", []byte("dear reader, this is no database of anybody's")),
		"cut":         file("cut", good[:len(good)/2]), "holed": file("holed", holed), "newer": file("newer", newer),
		"another program's": file("foreign", foreign), "itself": path, "itself by another name": link,
	} {
		if _, err := Fit(t.Context(), path, bad, noJournal); !errors.Is(err, ErrUnfit) {
			t.Errorf("%s: got %v, want ErrUnfit", name, err)
		}
		if _, err := restore(t, path, bad); !errors.Is(err, ErrUnfit) {
			t.Errorf("%s: got %v, want ErrUnfit", name, err)
		}
	}
	names, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*before*"))
	if n := number(t, s, `SELECT count(*) FROM subscribers`); n != 2 || len(names) > 0 || err != nil {
		t.Errorf("%d readers, %v, %v", n, names, err)
	}
	if _, err := os.Stat(backup); errors.Is(err, fs.ErrNotExist) {
		t.Error("the backup is gone")
	}
}
