package sqlite

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// evening is the time of most tests: a slot's time.
var evening = time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)

func openStore(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newStore(t testing.TB) *Store {
	t.Helper()
	return openStore(t, filepath.Join(t.TempDir(), "vesper.db"))
}

func address(t testing.TB, s string) subscribers.Address {
	t.Helper()
	a, err := subscribers.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// addReaders puts n active readers on the list: reader1@news.example …
func addReaders(t testing.TB, s *Store, n int) []subscribers.Subscriber {
	t.Helper()
	all := make([]subscribers.Subscriber, 0, n)
	for i := range n {
		a := address(t, fmt.Sprintf("reader%d@news.example", i+1))
		one, _, err := s.Add(t.Context(), subscribers.Subscriber{Address: a, Status: subscribers.Active}, evening.Add(-time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

// opening is an edition of day n of the evening slot, counted from 22 November.
func opening(n int) digest.Opening {
	at := evening.AddDate(0, 0, n)
	return digest.Opening{
		Edition: digest.Edition{
			ID:     digest.ID{Date: digest.Date{Year: 2026, Month: 11, Day: 22}.AddDays(n), Slot: "evening", Sequence: 1},
			Title:  "Evening Edition",
			Window: digest.Window{From: at.Add(-24 * time.Hour), To: at},
			Articles: []digest.Article{
				{ID: fmt.Sprintf("harbour-%d", n), Headline: "The harbour reopens", URL: "https://news.example/harbour", Published: at.Add(-time.Hour)},
				{ID: fmt.Sprintf("ferry-%d", n), Headline: "A ferry for winter", QuickLooks: []string{"It runs hourly."}, Published: at.Add(-2 * time.Hour)},
			},
		},
		Messages: []digest.Message{
			{Variant: digest.Designed, Subject: "The harbour reopens", Bytes: []byte("Subject: x\r\n\r\ndesigned")},
			{Variant: digest.Plain, Subject: "The harbour reopens", Bytes: []byte("Subject: x\r\n\r\nplain")},
		},
		WebView: []byte("<p>The harbour reopens</p>"),
		At:      at,
	}
}

func mustOpen(t testing.TB, s *Store, n int) digest.Record {
	t.Helper()
	r, err := s.OpenEdition(t.Context(), opening(n))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func whole(number uint32) digest.Range {
	return digest.Range{Edition: number, Low: 1, High: math.MaxInt64}
}

func owed(t testing.TB, s *Store, number uint32, now time.Time) []digest.Delivery {
	t.Helper()
	ds, err := s.Owed(t.Context(), whole(number), now, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func intendAll(t testing.TB, s *Store, ds []digest.Delivery) {
	t.Helper()
	for _, d := range ds {
		if ok, err := s.Intend(t.Context(), d, evening); err != nil || !ok {
			t.Fatalf("intend %d: %v, %v", d.Subscriber, ok, err)
		}
	}
}

func accepted(at time.Time) digest.Settlement {
	return digest.Settlement{Step: digest.Sent, At: at, Outcome: digest.Outcome{Class: digest.Accepted, Code: 250, Reply: "ok"}}
}

func count(t testing.TB, s *Store, query string, args ...any) int {
	t.Helper()
	var n int
	if err := s.read.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// execute runs SQL that the program itself never does.
func execute(t testing.TB, s *Store, statement string, args ...any) {
	t.Helper()
	if err := s.write.whole(t.Context(), func(ctx context.Context, c *sql.Conn) error {
		_, err := c.ExecContext(ctx, statement, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyTheOwnerCanReadTheFiles(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "home")
	s := openStore(t, filepath.Join(folder, "vesper.db"))
	addReaders(t, s, 1)
	lock, err := s.Lock("serve")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	for name, want := range map[string]os.FileMode{"": 0o700, "vesper.db": 0o600, "vesper.db-wal": 0o600, "vesper.db-shm": 0o600, "vesper.db.lock": 0o600} {
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
	openStore(t, path).Close()
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	openStore(t, path)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v, want 0600", info.Mode(), err)
	}
}

func TestAPathMayHoldAnything(t *testing.T) {
	for _, name := range []string{"a?b", "a#b", "100%", "a b", "x%3fy", "ä&mode=ro", "file:a"} {
		path := filepath.Join(t.TempDir(), name, "vesper?_x=1 #2.db")
		addReaders(t, openStore(t, path), 1)
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestCommitsAreMadeToLast(t *testing.T) {
	s := newStore(t)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1", "busy_timeout": "10000",
	} {
		var got string
		if err := s.write.conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q (%v), want %q", pragma, got, err, want)
		}
	}
	if _, err := s.read.ExecContext(t.Context(), `DELETE FROM keys`); err == nil {
		t.Error("a reading connection wrote")
	}
}

func TestALinkLeadsToTheSameLock(t *testing.T) {
	folder := t.TempDir()
	s := openStore(t, filepath.Join(folder, "vesper.db"))
	link := filepath.Join(folder, "link.db")
	if err := os.Symlink("vesper.db", link); err != nil {
		t.Fatal(err)
	}
	lock, err := s.Lock("serve")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	if _, err := openStore(t, link).Lock("serve"); err == nil {
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
		{"a newer version's", other(fmt.Sprintf(`CREATE TABLE cars (id INTEGER); PRAGMA application_id = %d; PRAGMA user_version = %d`,
			application, newest()+1)), "a newer program made it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			os.Remove(path)
			c.make(t)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Open(t.Context(), path)
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

// The oldest schema is kept as it was: whoever changes schema.sql writes the
// step that leads there.
func TestTheOldestDatabaseComesUpToTheNewest(t *testing.T) {
	first, err := os.ReadFile("testdata/schema-1.sql")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "old.db")
	db, err := sql.Open("sqlite3", dsn(path, asking))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(string(first) + fmt.Sprintf(`;
		INSERT INTO keys VALUES (1, 'link', zeroblob(32), 0, 1), (2, 'message-id', zeroblob(32), 0, 1), (3, 'suppression', zeroblob(32), 0, 1);
		PRAGMA user_version = 1; PRAGMA application_id = %d`, application)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(inTheOldest); err != nil {
		t.Fatal(err)
	}
	hash := hmac.New(sha256.New, make([]byte, 32))
	hash.Write([]byte("gone@quay.example"))
	if _, err := db.Exec(`INSERT INTO suppressions VALUES (?, 'unsubscribed', ?)`, hash.Sum(nil), evening.Unix()); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, path)
	if diff := cmp.Diff(form(t, newStore(t)), form(t, s)); diff != "" {
		t.Errorf("a new database and a migrated one differ: %s", diff)
	}
	r, err := s.Begin(t.Context(), 1, evening)
	if want := (digest.Tally{Opened: 2, Sent: 1, Pending: 1}); r.State != digest.Sending || r.Tally != want || err != nil {
		t.Errorf("got %+v, %v", r, err)
	}
	if ds := owed(t, s, 1, evening); len(ds) != 1 || ds[0].Address != "bo@quay.example" {
		t.Errorf("got %+v, want the one who is owed", ds)
	}
	al, err := s.Subscriber(t.Context(), address(t, "al@quay.example"))
	want := subscribers.Preferences{Evenings: subscribers.EveryEvening, Variant: digest.Designed}
	if diff := cmp.Diff(want, al.Preferences); diff != "" || err != nil {
		t.Errorf("%v, what an old reader chose: %s", err, diff)
	}
	got, err := s.Suppressions(t.Context(), address(t, "gone@quay.example"))
	if diff := cmp.Diff([]Suppression{{subscribers.ByReader, evening}}, got); diff != "" || err != nil {
		t.Errorf("%v, who had left: %s", err, diff)
	}
}

// inTheOldest is an edition under way when the program was exchanged.
const inTheOldest = `
	INSERT INTO subscribers (id, public_id, address, address_key, status, created_at, confirmed_at)
	VALUES (1, 11, 'al@quay.example', 'al@quay.example', 'active', 1, 1), (2, 12, 'bo@quay.example', 'bo@quay.example', 'active', 1, 1);
	INSERT INTO editions (number, date, slot, sequence, title, state, entered_at, window_from, cut_off, opened_at, opened, link_key, content_hash)
	VALUES (1, '2026-11-22', 'evening', 1, 'Evening Edition', 'sending', 1, 1, 1, 1, 2, 1, zeroblob(32));
	INSERT INTO edition_messages VALUES (1, 'designed', 'x', x'00');
	INSERT INTO deliveries (edition, subscriber, variant, step, due_at, first_due_at, at)
	VALUES (1, 1, 'designed', 'sent', 1, 1, 1), (1, 2, 'designed', 'pending', 1, 1, 1);`

// comments are what SQLite keeps of a schema although they don't count.
var comments = regexp.MustCompile(`--[^\n]*`)

// form gives the schema as SQLite has it, comments and white space aside.
func form(t *testing.T, s *Store) []string {
	var all []string
	rows, err := s.read.Query(`SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name`)
	if err := each(rows, err, func(scan scanner) error {
		var one string
		err := scan(&one)
		one = strings.Join(strings.Fields(comments.ReplaceAllString(one, "")), " ")
		all = append(all, strings.NewReplacer(" ,", ",", " )", ")").Replace(one))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return append(all, fmt.Sprint(count(t, s, `PRAGMA user_version`)))
}

func TestProcessesMayMakeTheDatabaseAtOnce(t *testing.T) {
	for range 5 {
		path := filepath.Join(t.TempDir(), "vesper.db")
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				s, err := Open(t.Context(), path)
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
		if got := count(t, openStore(t, path), `SELECT count(*) FROM keys`); got != 3 {
			t.Errorf("got %d keys, want 3", got)
		}
	}
}

func TestCheckFindsAWholeDatabase(t *testing.T) {
	if err := newStore(t).Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestOneHasTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	a, b := openStore(t, path), openStore(t, path)
	lock, err := a.Lock("serve")
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Lock("send")
	held, ok := errors.AsType[*Held](err)
	if !ok || held.Role != "serve" || held.PID != os.Getpid() || held.Since.IsZero() {
		t.Fatalf("got %#v (%v), want this process as serve", held, err)
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
