package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

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
	if _, err := s.writer.conn.ExecContext(t.Context(), `VACUUM INTO ?`, backup); err != nil {
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

// marked opens a database and leaves a mark beside it that tells of so many runs and
// such a last number.
func marked(t *testing.T, path string, runs, number int64) {
	t.Helper()
	s := openFile(t, path)
	defer s.Close()
	m := mark{database: s.name(), runs: runs, number: number, machine: machine(), path: path}
	if err := writeMark(path, m); err != nil {
		t.Fatal(err)
	}
}

func lose(t *testing.T, path string) {
	t.Helper()
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
}

func TestAnotherDatabaseInTheSamePlaceIsHeld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	marked(t, path, 7, 3)
	if err := openFile(t, path).Behind(t.Context()); !errors.Is(err, digest.ErrBehind) {
		t.Errorf("got %v, want ErrBehind", err)
	}
	lose(t, path)
	other := filepath.Join(t.TempDir(), "vesper.db")
	openFile(t, other).Close()
	text, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s := openFile(t, path)
	if err := s.Behind(t.Context()); !errors.Is(err, digest.ErrOther) || !strings.Contains(err.Error(), "number 3") {
		t.Errorf("got %v, want ErrOther with what is known", err)
	}
	if err := s.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Behind(t.Context()); err != nil {
		t.Errorf("it was accepted: %v", err)
	}
	if info, err := os.Stat(path + ".sent"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mark has %v, %v", info.Mode(), err)
	}
}

func TestNumbersGoOnAboveThoseThatWereUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	marked(t, path, 0, 41)
	s := openFile(t, path)
	if err := s.Behind(t.Context()); !errors.Is(err, digest.ErrBehind) {
		t.Errorf("got %v, want ErrBehind for the number alone", err)
	}
	if err := s.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	addReaders(t, s, 1)
	if r := mustOpen(t, s, 0); r.Number != 42 {
		t.Errorf("the next edition has number %d, want 42", r.Number)
	}
}

func TestNoDatabaseIsMadeWhereOneIsMissed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	marked(t, path, 7, 3)
	lose(t, path)
	_, err := Open(t.Context(), path, Options{})
	if !errors.Is(err, digest.ErrGone) || !strings.Contains(err.Error(), "number 3") {
		t.Errorf("got %v, want ErrGone with what is known", err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was made: %v", err)
	}
	s, err := Open(t.Context(), path, Options{New: true})
	if err != nil || !s.Made() {
		t.Fatalf("a new one that was asked for: %v", err)
	}
	s.Close()
	if s := openFile(t, path); s.Made() {
		t.Error("one that is there was made")
	}
}

func TestADatabaseOfSeveralNamesIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	s := openFile(t, path)
	alias := filepath.Join(filepath.Dir(path), "alias.db")
	if err := os.Link(path, alias); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, alias} {
		if _, err := Open(t.Context(), name, Options{}); err == nil || !strings.Contains(err.Error(), "2 names") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := s.Behind(t.Context()); err == nil {
		t.Error("one that is in use goes on")
	}
	if err := os.Remove(alias); err != nil {
		t.Fatal(err)
	}
	if err := s.Behind(t.Context()); err != nil {
		t.Errorf("with one name again: %v", err)
	}
}

func TestADatabaseThatIsTakenAwayIsNotWrittenTo(t *testing.T) {
	for name, away := range map[string]func(path string) error{
		"removed": os.Remove,
		"moved":   func(path string) error { return os.Rename(path, path+".old") },
		"replaced": func(path string) error {
			return errors.Join(os.Rename(path, path+".old"), os.WriteFile(path, []byte("x"), 0o600))
		},
	} {
		path := filepath.Join(t.TempDir(), "vesper.db")
		s := openFile(t, path)
		addReaders(t, s, 1)
		r := mustOpen(t, s, 0)
		if err := away(path); err != nil {
			t.Fatal(err)
		}
		if err := s.Behind(t.Context()); !errors.Is(err, digest.ErrGone) {
			t.Errorf("%s: got %v, want ErrGone", name, err)
		}
		if _, err := s.Book().Begin(t.Context(), r.Number, evening); !errors.Is(err, digest.ErrGone) {
			t.Errorf("%s: a run begins: %v", name, err)
		}
	}
}

func TestWhatRootWritesBelongsToTheDatabasesOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this is not root")
	}
	const nobody = 65534
	path := filepath.Join(t.TempDir(), "vesper.db")
	s := openFile(t, path)
	if err := os.Chown(path, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	if err := s.noteSent(t.Context()); err != nil {
		t.Fatal(err)
	}
	lock, err := s.Lock("send")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	for _, end := range []string{".sent", ".lock"} {
		info, err := os.Stat(path + end)
		if err != nil {
			t.Fatal(err)
		}
		if owner := info.Sys().(*syscall.Stat_t); owner.Uid != nobody || owner.Gid != nobody {
			t.Errorf("%s belongs to %d:%d", end, owner.Uid, owner.Gid)
		}
	}
}

func TestWhereItWasSentFromLastIsSaid(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	marked(t, path, 0, 0)
	s := openFile(t, path)
	if moved := s.Moved(); moved != "" {
		t.Errorf("here: got %q", moved)
	}
	m := mark{database: s.name(), machine: machine(), path: "/elsewhere/vesper.db"}
	for machine, want := range map[string]string{
		m.machine: "/elsewhere/vesper.db", "": "",
		"0123456789abcdef": "another machine, where it was /elsewhere/vesper.db",
	} {
		m.machine = machine
		if err := writeMark(path, m); err != nil {
			t.Fatal(err)
		}
		if moved := s.Moved(); moved != want {
			t.Errorf("got %q, want %q", moved, want)
		}
		if err := s.Behind(t.Context()); err != nil {
			t.Errorf("it is held for it: %v", err)
		}
	}
}

func FuzzMark(f *testing.F) {
	for _, text := range []string{
		"0123456789abcdef 7", "0123456789abcdef 7 3\nmachine\n/var/lib/vesper.db\n", "", "x", "0123456789abcdef -1",
		"0123456789abcdef 99999999999999999999 1", "\x00\xff\n\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, ok := parseMark(text)
		if !ok {
			return
		}
		if again, ok := parseMark(m.String()); !ok || again != m {
			t.Errorf("%q is read as %+v, and written and read again as %+v", text, m, again)
		}
	})
}

// A run begins when the file beside the database says so: where that can't be
// written, nothing has crashed.
func TestWhatCannotBeNotedIsNoStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	s := openFile(t, path)
	addReaders(t, s, 2)
	r := mustOpen(t, s, 0)
	// In the place of the file there is a folder that no file replaces.
	if err := os.MkdirAll(filepath.Join(path+".sent", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	for range 7 {
		if _, err := s.Book().Begin(t.Context(), r.Number, evening); err == nil {
			t.Fatal("a run began that could not be noted")
		}
	}
	if err := os.RemoveAll(path + ".sent"); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Book().Begin(t.Context(), r.Number, evening); err != nil || got.State != digest.Sending {
		t.Errorf("it is %s (%s), %v, want it sending", got.State, got.Reason, err)
	}
	if err := s.Behind(t.Context()); err != nil {
		t.Errorf("the database is behind: %v", err)
	}
}

// TestABackupOfTheMiddleOfARunIsKnown puts one back after the run went on for a second
// and died.
func TestABackupOfTheMiddleOfARunIsKnown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	s := openFile(t, path)
	addReaders(t, s, 4)
	r := mustOpen(t, s, 0)
	if _, err := s.Book().Begin(t.Context(), r.Number, evening); err != nil {
		t.Fatal(err)
	}
	ds := owed(t, s, r.Number, evening)
	send := func(i int, at time.Time) {
		t.Helper()
		intendAll(t, s, r.Number, ds[i:i+1])
		if err := s.Ledger(r.Number).Settle(t.Context(), ds[i], accepted(at)); err != nil {
			t.Fatal(err)
		}
	}
	send(0, evening)
	backup := filepath.Join(t.TempDir(), "backup.db")
	if _, err := s.writer.conn.ExecContext(t.Context(), `VACUUM INTO ?`, backup); err != nil {
		t.Fatal(err)
	}
	before := number(t, s, `SELECT runs FROM numbers`)
	send(1, evening.Add(noteEvery-time.Millisecond))
	if got := number(t, s, `SELECT runs FROM numbers`); got != before {
		t.Errorf("it was noted %d times within a second", got-before)
	}
	send(2, evening.Add(noteEvery))
	// A clock that is set back keeps nothing from being noted.
	send(3, evening.Add(-time.Hour))
	if got := number(t, s, `SELECT runs FROM numbers`); got != before+2 {
		t.Errorf("it was noted %d times, want 2", got-before)
	}
	if err := s.Behind(t.Context()); err != nil {
		t.Errorf("the database itself is behind: %v", err)
	}
	s.Close()
	if _, err := restore(t, path, backup); err != nil {
		t.Fatal(err)
	}
	if err := openFile(t, path).Behind(t.Context()); !errors.Is(err, digest.ErrBehind) {
		t.Errorf("got %v, want ErrBehind", err)
	}
}

// The next dot waits for the outcome before it, and not for a note beside the database that
// takes long. Who ends the run waits for that.
func TestNobodyWaitsUntilItIsNotedThatARunGoesOn(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "vesper.db"))
	addReaders(t, s, 2)
	r := mustOpen(t, s, 0)
	if _, err := s.Book().Begin(t.Context(), r.Number, evening); err != nil {
		t.Fatal(err)
	}
	before := number(t, s, `SELECT runs FROM numbers`)
	s.marking.Lock()
	for i, d := range owed(t, s, r.Number, evening) {
		intendAll(t, s, r.Number, []digest.Delivery{d})
		at := evening.Add(time.Duration(i) * noteEvery)
		settled := make(chan error, 1)
		s.Ledger(r.Number).SettleInTurn(t.Context(), d, accepted(at), func(err error) { settled <- err })
		if err := <-settled; err != nil {
			t.Fatal(err)
		}
	}
	s.marking.Unlock()
	if err := s.Book().Rest(t.Context(), r.Number, evening); err != nil {
		t.Fatal(err)
	}
	if m, err := readMark(s.path); err != nil || m.runs != int64(before)+2 {
		t.Errorf("%d are noted, %v, want %d: the run goes on, and rests", m.runs, err, before+2)
	}
}
