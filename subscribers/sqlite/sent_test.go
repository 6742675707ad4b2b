package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"vesper/digest"
)

func TestADatabaseThatForgotWhatItSentIsKnown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	s := openFile(t, path)
	addReaders(t, s, 2)
	if err := s.Behind(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The backup is from after the opening, before anything was sent.
	r := mustOpen(t, s, 0)
	backup := filepath.Join(t.TempDir(), "backup.db")
	if _, err := s.write.conn.ExecContext(t.Context(), `VACUUM INTO ?`, backup); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Book().Begin(t.Context(), r.Number, evening); err != nil {
		t.Fatal(err)
	}
	if err := s.Book().Rest(t.Context(), r.Number, evening); err != nil {
		t.Fatal(err)
	}
	if err := s.Behind(t.Context()); err != nil {
		t.Errorf("the database itself is behind: %v", err)
	}
	s.Close()

	for _, end := range []string{"-wal", "-shm"} {
		os.Remove(path + end)
	}
	old, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	s = openFile(t, path)
	if err := s.Behind(t.Context()); !errors.Is(err, digest.ErrBehind) {
		t.Errorf("got %v, want ErrBehind", err)
	}
	if err := s.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Behind(t.Context()); err != nil {
		t.Errorf("it was accepted: %v", err)
	}
}

func TestAnotherDatabaseInTheSamePlaceIsNotBehind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	s := openFile(t, path)
	if err := s.writeMark(7); err != nil {
		t.Fatal(err)
	}
	if err := s.Behind(t.Context()); !errors.Is(err, digest.ErrBehind) {
		t.Errorf("got %v, want ErrBehind", err)
	}
	s.Close()
	for _, end := range []string{"", "-wal", "-shm"} {
		os.Remove(path + end)
	}
	if err := openFile(t, path).Behind(t.Context()); err != nil {
		t.Errorf("a new database is behind: %v", err)
	}
	if info, err := os.Stat(path + ".sent"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mark has %v, %v", info.Mode(), err)
	}
}
