//go:build unix

package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vesper/digest"
)

// isUntouched wants a former database that can be gone on with, and a target that can be
// moved to.
func isUntouched(t *testing.T, from, to Place) {
	t.Helper()
	s, err := openAt(t, from, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Behind(t.Context()), s.Close()); err != nil {
		t.Error(err)
	}
	if !to.onServer() {
		for _, name := range []string{to.Path, making(to.Path)} {
			if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := Move(t.Context(), moving1(from, to)); err != nil {
		t.Errorf("moved afterwards: %v", err)
	}
}

func TestAMoveThatIsBrokenOffLeavesAllAsItWas(t *testing.T) {
	dir := t.TempDir()
	for name, break1 := range map[string]func(t *testing.T, stop context.CancelFunc, to Place){
		"by who asked":      func(_ *testing.T, stop context.CancelFunc, _ Place) { stop() },
		"by the connection": func(t *testing.T, _ context.CancelFunc, to Place) { cutConnections(t, to) },
	} {
		t.Run(name, func(t *testing.T) {
			file, server := aHouse(t, filepath.Join(dir, name, "vesper.db"), 2000), aServer(t)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			how := moving1(file, server)
			how.Told = func(done, _ int64) {
				if done == 3000 {
					break1(t, stop, server)
				}
			}
			if _, err := Move(ctx, how); err == nil {
				t.Error("it went on")
			}
			isUntouched(t, file, server)
			// And back.
			ctx, stop = context.WithCancel(t.Context())
			defer stop()
			back := Place{Path: filepath.Join(dir, name, "back.db")}
			how = moving1(server, back)
			how.Told = func(done, _ int64) {
				if done == 3000 {
					break1(t, stop, server)
				}
			}
			if _, err := Move(ctx, how); err == nil {
				t.Error("it went on")
			}
			isUntouched(t, server, back)
		})
	}
}

// cutConnections has a server break those of a move off.
func cutConnections(t *testing.T, to Place) {
	t.Helper()
	s, err := newServerConn(t, to)
	if err != nil {
		t.Error(err)
		return
	}
	if _, err := s.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND application_name LIKE 'vesper move%'`); err != nil {
		t.Error(err)
	}
}

func TestNothingIsMovedOverSomethingElse(t *testing.T) {
	dir := t.TempDir()
	file := aHouse(t, filepath.Join(dir, "vesper.db"), 3)
	server := aServer(t)
	if _, err := openAt(t, server, false); err != nil {
		t.Fatal(err)
	}
	move := func(to Place) error {
		_, err := Move(t.Context(), moving1(file, to))
		return err
	}
	if err := move(server); !errors.Is(err, ErrOccupied) {
		t.Errorf("our own: %v", err)
	}
	c, err := newServerConn(t, server)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exec(t.Context(), `UPDATE form SET version = 99, works_with = 99;
		UPDATE program SET version = 'vesper 9'`); err != nil {
		t.Fatal(err)
	}
	if err := move(server); !errors.Is(err, digest.ErrNewer) || !strings.Contains(err.Error(), "vesper 9") {
		t.Errorf("a newer one: %v", err)
	}
	other := aServer(t)
	if c, err = newServerConn(t, other); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exec(t.Context(), `CREATE TABLE theirs (id INT)`); err != nil {
		t.Fatal(err)
	}
	if err := move(other); !errors.Is(err, digest.ErrForeign) {
		t.Errorf("another program's: %v", err)
	}
	// Where another database was sent from.
	sent := aServer(t)
	if err := writeMark(sent.Path, mark{database: strings.Repeat("0", 16), runs: 1}); err != nil {
		t.Fatal(err)
	}
	if err := move(sent); !errors.Is(err, ErrOccupied) {
		t.Errorf("where another was: %v", err)
	}
	isUntouched(t, file, aServer(t))
}

func TestNothingIsMovedThatIsInUse(t *testing.T) {
	file := aHouse(t, filepath.Join(t.TempDir(), "vesper.db"), 3)
	server := aServer(t)
	s, err := openAt(t, file, false)
	if err != nil {
		t.Fatal(err)
	}
	lock, err := s.Lock("serve")
	if err != nil {
		t.Fatal(err)
	}
	held := &digest.HeldError{}
	if _, err := Move(t.Context(), moving1(file, server)); !errors.As(err, &held) || held.Role != "serve" {
		t.Errorf("while it is sent: %v", err)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	d := owed(t, s, 1, evening)[0]
	if ok, err := s.Ledger(1).Intend(t.Context(), d, evening, nil); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if _, err := Move(t.Context(), moving1(file, server)); !errors.Is(err, ErrUnderWay) {
		t.Errorf("while something is under way: %v", err)
	}
	if err := errors.Join(s.Ledger(1).Settle(t.Context(), d, accepted(evening)), s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Move(t.Context(), moving1(file, server)); err != nil {
		t.Fatal(err)
	}
	// The other way it is any connection.
	if s, err = openAt(t, server, false); err != nil {
		t.Fatal(err)
	}
	back := Place{Path: filepath.Join(t.TempDir(), "back.db")}
	if lock, err = s.Lock("serve"); err != nil {
		t.Fatal(err)
	}
	if _, err := Move(t.Context(), moving1(server, back)); !errors.As(err, &held) {
		t.Errorf("while it is sent: %v", err)
	}
	if err := errors.Join(lock.Unlock(), s.Close()); err != nil {
		t.Fatal(err)
	}
	isUntouched(t, server, back)
}

// A process that dies at one of these moments leaves one database that can be gone on with,
// and another move brings it to its end.
func TestAMoveGoesOnWhereOneDied(t *testing.T) {
	dir := t.TempDir()
	for _, marked := range []bool{false, true} {
		t.Run(fmt.Sprint(marked), func(t *testing.T) {
			file := aHouse(t, filepath.Join(dir, fmt.Sprint(marked), "vesper.db"), 3)
			server, back := aServer(t), Place{Path: filepath.Join(dir, fmt.Sprint(marked), "back.db")}
			diesInMove(t, file, server, marked)
			diesInMove(t, server, back, marked)
		})
	}
}

func diesInMove(t *testing.T, from, to Place, marked bool) {
	t.Helper()
	m := &moving{Moving: moving1(from, to), ends: &locks{}}
	m.Told = func(int64, int64) {}
	if err := m.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	former, target, err := m.open(t.Context())
	if err == nil {
		err = m.copyAll(t.Context(), former, target)
	}
	if err == nil {
		err = m.complete(t.Context(), target)
	}
	if err == nil && marked {
		err = errors.Join(relocate(t.Context(), former, to.String(), evening), former.commit(t.Context()))
	}
	if err = errors.Join(err, former.close(), target.close()); err != nil {
		t.Fatal(err)
	}
	m.ends.unlock()
	if s, err := openAt(t, from, false); errors.Is(err, digest.ErrMoved) != marked {
		t.Errorf("the former one: %v", err)
	} else if s != nil {
		s.Close()
	}
	if to.onServer() {
		if _, err := openAt(t, to, false); !errors.Is(err, digest.ErrUnfinished) {
			t.Errorf("the other one: %v", err)
		}
	}
	moved, err := Move(t.Context(), moving1(from, to))
	if err != nil || moved.Before != marked {
		t.Fatalf("%+v, %v", moved, err)
	}
	if moved, err = Move(t.Context(), moving1(from, to)); err != nil || !moved.Before {
		t.Errorf("once more: %+v, %v", moved, err)
	}
	s, err := openAt(t, to, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Behind(t.Context()), s.Close()); err != nil {
		t.Error(err)
	}
}
