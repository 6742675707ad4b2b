//go:build unix

package store

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// There and back again, all is as it was, and nobody can go on with what was left.
func TestADatabaseIsMovedAndMovedBack(t *testing.T) {
	file := aHouse(t, filepath.Join(t.TempDir(), "vesper.db"), 300)
	server := aServer(t)
	back := Place{Path: filepath.Join(t.TempDir(), "back.db")}
	var told []int64
	how := moving1(file, server)
	how.Told = func(done, total int64) { told = append(told, done, total) }
	moved, err := Move(t.Context(), how)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range moved.Tables {
		if table.Rows == 0 && table.Name != "looks" {
			t.Errorf("%s has no row: nothing was shown of it", table.Name)
		}
	}
	if n := len(told); n == 0 || told[n-1] != 2*moved.Rows() || told[n-2] != told[n-1] {
		t.Errorf("told %v", told)
	}
	_, err = openAt(t, file, false)
	if !errors.Is(err, digest.ErrMoved) || !strings.Contains(err.Error(), server.String()) {
		t.Errorf("the former one: %v", err)
	}
	s, err := openAt(t, server, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Behind(t.Context()); err != nil {
		t.Error(err)
	}
	// Numbers that were given to what is gone are not given again.
	again := addReader(t, s, "grace@news.example")
	if again.ID != 302 {
		t.Errorf("a new reader has ID %d", again.ID)
	}
	removeReader(t, s, again.Address)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	moved2, err := Move(t.Context(), moving1(server, back))
	if err != nil {
		t.Fatal(err)
	}
	// Two departures more: who was removed just now.
	if diff := cmp.Diff(moved.Rows()+1, moved2.Rows()); diff != "" {
		t.Error(diff)
	}
	if _, err := openAt(t, server, false); !errors.Is(err, digest.ErrMoved) {
		t.Errorf("the former one: %v", err)
	}
	s, err = openAt(t, back, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Behind(t.Context()), s.Check(t.Context())); err != nil {
		t.Error(err)
	}
	if again := addReader(t, s, "grace@news.example"); again.ID != 303 {
		t.Errorf("a new reader has ID %d", again.ID)
	}
	if got, want := shapeOf(t, s), freshShape(t); got != want {
		t.Error(cmp.Diff(want, got))
	}
	// An admin may take the former one back.
	s, err = openAt(t, file, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Behind(t.Context()); !errors.Is(err, digest.ErrMoved) {
		t.Error(err)
	}
	if err := errors.Join(s.Accept(t.Context()), s.Behind(t.Context())); err != nil {
		t.Error(err)
	}
}

// shapeOf gives what a file's schema says.
func shapeOf(t *testing.T, s *File) (text string) {
	t.Helper()
	r, err := s.read.Query(t.Context(), `SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY type, name`)
	err = each(r, err, func(scan scanner) error {
		var one string
		defer func() { text += one + "\n" }()
		return scan(&one)
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func freshShape(t *testing.T) string {
	t.Helper()
	return shapeOf(t, newFile(t))
}

// A server that rows were moved to is the same as one that was made.
func TestAServerThatWasFilledKeepsItsPromises(t *testing.T) {
	file := aHouse(t, filepath.Join(t.TempDir(), "vesper.db"), 3)
	server := aServer(t)
	if _, err := Move(t.Context(), moving1(file, server)); err != nil {
		t.Fatal(err)
	}
	fresh := aServer(t)
	var texts []string
	for _, p := range []Place{server, fresh} {
		s, err := openAt(t, p, false)
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, query := range []string{
			`SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
				WHERE connamespace = current_schema()::regnamespace ORDER BY 1`,
			`SELECT format('%s %s', pg_get_triggerdef(t.oid), tgenabled) FROM pg_trigger t WHERE NOT tgisinternal ORDER BY 1`,
		} {
			r, err := s.read.Query(t.Context(), query)
			err = each(r, err, func(scan scanner) error {
				var one string
				defer func() { text += one + "\n" }()
				return scan(&one)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		texts = append(texts, text)
	}
	if diff := cmp.Diff(texts[1], texts[0]); diff != "" {
		t.Error(diff)
	}
}

func TestADryRunOfAMoveChangesNothing(t *testing.T) {
	file, server := aHouse(t, filepath.Join(t.TempDir(), "vesper.db"), 3), aServer(t)
	how := moving1(file, server)
	how.DryRun = true
	moved, err := Move(t.Context(), how)
	if err != nil || moved.Rows() < 40 || moved.Bytes < 100_000 {
		t.Fatalf("%+v, %v", moved, err)
	}
	isUntouched(t, file, server)
	back := Place{Path: filepath.Join(t.TempDir(), "back.db")}
	how = moving1(server, back)
	how.DryRun = true
	s, err := openAt(t, server, false)
	if err != nil {
		t.Fatal(err)
	}
	lock, err := s.Lock("serve")
	if err != nil {
		t.Fatal(err)
	}
	held := &digest.HeldError{}
	if moved, err = Move(t.Context(), how); err != nil || moved.Rows() < 40 || !errors.As(moved.Obstacle, &held) {
		t.Fatalf("%+v, %v", moved, err)
	}
	if err := errors.Join(lock.Unlock(), s.Close()); err != nil {
		t.Fatal(err)
	}
	isUntouched(t, server, back)
}

// What is not the same there is not handed over.
func TestADifferenceIsFound(t *testing.T) {
	file, server := aHouse(t, filepath.Join(t.TempDir(), "vesper.db"), 3), aServer(t)
	how := moving1(file, server)
	m := &moving{Moving: how, ends: &locks{}}
	m.Told = func(int64, int64) {}
	if err := m.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	former, target, err := m.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := target.Exec(t.Context(), `CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN NEW.name := 'x'; RETURN NEW; END $$`); err != nil {
		t.Fatal(err)
	}
	if _, err := target.Exec(t.Context(), `CREATE TRIGGER spoil BEFORE INSERT ON subscribers FOR EACH ROW
		WHEN (NEW.id = 2) EXECUTE FUNCTION spoil()`); err != nil {
		t.Fatal(err)
	}
	err = m.copyAll(t.Context(), former, target)
	if err == nil || !strings.Contains(err.Error(), "subscribers is not the same there") {
		t.Error(err)
	}
	if err := errors.Join(target.undo(), former.close()); err != nil {
		t.Fatal(err)
	}
	m.ends.unlock()
	isUntouched(t, file, server)
}

func TestAPlaceShowsNoPassword(t *testing.T) {
	for url, want := range map[string]string{
		"postgres://u:secret@h/d?sslmode=require": "postgres://u@h/d?sslmode=require",
		"postgres://u@h/d?password=secret":        "postgres://u@h/d",
		"postgres://h/d":                          "postgres://h/d",
		"postgres://u:secret@%zz":                 "PostgreSQL",
	} {
		if got := (Place{URL: url}).String(); got != want {
			t.Errorf("%s: got %s", url, got)
		}
	}
}
