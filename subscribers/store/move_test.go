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
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// aHouse fills a file with something in every table, and gives its place. Numbers were given
// in it to rows that are gone.
func aHouse(t *testing.T, path string, readers int) Place {
	t.Helper()
	s := openFile(t, path)
	addMany(t, s, readers)
	addReader(t, s, "ada@news.example")
	number := mustOpen(t, s, 0).Number
	if _, err := s.Book().Begin(t.Context(), number, evening); err != nil {
		t.Fatal(err)
	}
	for _, d := range owed(t, s, number, evening) {
		if d.Key%3 == 0 {
			continue
		}
		if ok, err := s.Ledger(number).Intend(t.Context(), d, evening, nil); err != nil || !ok {
			t.Fatal(ok, err)
		}
		if err := s.Ledger(number).Settle(t.Context(), d, accepted(evening)); err != nil {
			t.Fatal(err)
		}
	}
	at := evening.Unix()
	for _, statement := range []string{
		`INSERT INTO moves (subscriber, asked_at, asked_from, by_whom, address, address_key)
			VALUES (1, 1, '', 'reader', 'é@x.example', 'é@x.example')`,
		`INSERT INTO suppressions VALUES (x'0001ff', 'manual', 5)`,
		`INSERT INTO confirmations (address_hash, sent_at, mailbox_hash) VALUES (x'00', 1, x'')`,
		`INSERT INTO forms VALUES ('v', 'words' || char(10) || '	and more', 4)`,
		`INSERT INTO signups (address, asked_at, asked_from, mailbox_hash, step) VALUES ('', 1, '', x'0a', 'none')`,
		`INSERT INTO slots (name, since, former) VALUES ('evening', 1, '')`,
		`INSERT INTO editions (date, slot, sequence, title, state, entered_at) VALUES ('2026-11-01', 'morning', 1, '', 'missed', 7)`,
		`INSERT INTO acts (date, slot, sequence, act, by_whom, reason, at) VALUES ('2026-11-01', 'morning', 1, 'hold', 'x', '', 1)`,
		`INSERT INTO proofs (date, slot, sequence, content_hash, at, opening)
			VALUES ('2026-11-01', 'morning', 1, zeroblob(32), 1, '{}')`,
		`INSERT INTO proof_letters VALUES (1, 1)`,
		`INSERT INTO words VALUES ('2026-11-01', 'morning', 1, 'Ещё — “раз”', '', 1)`,
		`INSERT INTO pins VALUES ('evening', 'a', 1, 1)`,
		`INSERT INTO waves VALUES (1, '', 9)`,
		`INSERT INTO passed_over VALUES ('morning', 'a', '2026-11-01', 1, -62135596800, zeroblob(16))`,
		`INSERT INTO feeds VALUES ('u', '', '', '', '', NULL, NULL, NULL, 0, '')`,
		`INSERT INTO stories VALUES ('f', 'g', '', '', 'a' || char(0) || CAST(x'ff' AS TEXT), 'passed', '', 1, 1, NULL, zeroblob(16), zeroblob(16), '', '', '', '')`,
		`INSERT INTO topics VALUES (zeroblob(32), 't', 1)`,
		`INSERT INTO letters (kind, address, return_path, bytes, step, due_at, first_due_at, at, created_at)
			VALUES ('welcome', 'a@b.example', '', x'410d0a00ff', 'pending', 1, 1, 1, 1),
				('welcome', '', '', x'', 'sent', 1, 1, 1, 1)`,
		`DELETE FROM letters WHERE id = 2`,
		`INSERT INTO reports (door, key, kind, proof, subscriber, edition, address, at, class, cause, rule, status, code,
			diagnostic, state) VALUES ('d', 'k', 'reply', 'admin', 1, 1, '', 1, '', '', '', '', 0, '', 'new')`,
		`INSERT INTO tests (id, address, sent_at) VALUES (9223372036854775807, 'x{token}', 1)`,
		`INSERT INTO mailboxes VALUES ('m', 4294967295, 1)`,
		`INSERT INTO paces VALUES (1, 1, 1)`,
		`INSERT INTO relays VALUES ('r', '', NULL, 8, 1)`,
		`INSERT INTO alarms VALUES ('ref', 'k', '', '', '', '', 1, NULL, NULL, 0)`,
		`INSERT INTO alarm_words VALUES ('ref', 0, 'mail', 0, 1)`,
		`INSERT INTO heartbeats VALUES ('evening', '2026-11-01', 1)`,
		`INSERT INTO restores (made_at, known_to, restored_at, accepted_at) VALUES (1, 1, 1, 1)`,
		`INSERT INTO relocations (moved_at, place, accepted_at) VALUES (1, 'elsewhere', 2)`,
	} {
		execute(t, s, statement)
	}
	execute(t, s, `UPDATE run_reports SET facts = '{}', written_at = $1, heard = 1`, at)
	removeReader(t, s, address(t, "ada@news.example"))
	if err := s.noteSent(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return Place{Path: path}
}

// aServer gives the place of an empty database on a server.
func aServer(t *testing.T) Place {
	t.Helper()
	return Place{Path: filepath.Join(t.TempDir(), "vesper.postgres"), URL: pgtest.New(t)}
}

func moving1(from, to Place) Moving {
	return Moving{From: from, To: to, Options: Options{Program: "test", Now: func() time.Time { return evening }}}
}

func openAt(t *testing.T, p Place, elsewhere bool) (*File, error) {
	t.Helper()
	o := Options{Now: func() time.Time { return evening }, Elsewhere: elsewhere}
	var s *File
	var err error
	if p.onServer() {
		s, err = OpenServer(t.Context(), p.URL, p.Path, o)
	} else {
		s, err = Open(t.Context(), p.Path, o)
	}
	if err == nil {
		t.Cleanup(func() { s.Close() })
	}
	return s, err
}

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
	if _, err := openAt(t, file, false); !errors.Is(err, digest.ErrMoved) || !strings.Contains(err.Error(), server.String()) {
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
	if _, err := c.Exec(t.Context(), `UPDATE form SET version = 99; UPDATE program SET version = 'vesper 9'`); err != nil {
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
