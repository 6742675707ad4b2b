package store

import (
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

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
		INSERT INTO keys VALUES (1, 'link', zeroblob(32), 0, 1), (2, 'message-id', zeroblob(32), 0, 1),
			(3, 'suppression', zeroblob(32), 0, 1);
		PRAGMA user_version = 1; PRAGMA application_id = %d`, application)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(inTheOldest); err != nil {
		t.Fatal(err)
	}
	hash := hmac.New(sha256.New, make([]byte, 32))
	hash.Write([]byte("gone@quay.example"))
	gone := hash.Sum(nil)
	if _, err := db.Exec(`INSERT INTO suppressions VALUES (?, 'unsubscribed', ?)`, gone, evening.Unix()); err != nil {
		t.Fatal(err)
	}
	s := openFile(t, path)
	if diff := cmp.Diff(form(t, newFile(t)), form(t, s)); diff != "" {
		t.Errorf("a new database and a migrated one differ: %s", diff)
	}
	r, err := s.Book().Begin(t.Context(), 1, evening)
	sums := digest.Tally{Opened: 2, Sent: 1, Pending: 1}
	if r.State != digest.Sending || r.Tally != sums || err != nil {
		t.Errorf("got %+v, %v", r, err)
	}
	if ds := owed(t, s, 1, evening); len(ds) != 1 || ds[0].Address != "bo@quay.example" {
		t.Errorf("got %+v, want the one who is owed", ds)
	}
	al, err := s.List().Subscriber(t.Context(), address(t, "al@quay.example"))
	want := subscribers.Preferences{Evenings: subscribers.EveryEvening, Variant: digest.Designed}
	if diff := cmp.Diff(want, al.Preferences); diff != "" || err != nil {
		t.Errorf("%v, what an old reader chose: %s", err, diff)
	}
	got, err := s.List().Suppressions(t.Context(), address(t, "gone@quay.example"))
	left := []subscribers.Suppression{{Reason: subscribers.ByReader, Since: evening}}
	if diff := cmp.Diff(left, got); diff != "" || err != nil {
		t.Errorf("%v, who had left: %s", err, diff)
	}
}

// inTheOldest is an edition under way when the program was exchanged.
const inTheOldest = `
	INSERT INTO subscribers (id, public_id, address, address_key, status, created_at, confirmed_at)
	VALUES (1, 11, 'al@quay.example', 'al@quay.example', 'active', 1, 1),
		(2, 12, 'bo@quay.example', 'bo@quay.example', 'active', 1, 1);
	INSERT INTO editions (number, date, slot, sequence, title, state, entered_at, window_from, cut_off, opened_at,
		opened, link_key, content_hash)
	VALUES (1, '2026-11-22', 'evening', 1, 'Evening Edition', 'sending', 1, 1, 1, 1, 2, 1, zeroblob(32));
	INSERT INTO edition_messages VALUES (1, 'designed', 'x', x'00');
	INSERT INTO deliveries (edition, subscriber, variant, step, due_at, first_due_at, at)
	VALUES (1, 1, 'designed', 'sent', 1, 1, 1), (1, 2, 'designed', 'pending', 1, 1, 1);`

// comments are what SQLite keeps of a schema although they don't count.
var comments = regexp.MustCompile(`--[^\n]*`)

// form gives the schema as SQLite has it, comments and white space aside.
func form(t *testing.T, s *File) []string {
	var all []string
	rows, err := s.read.Query(t.Context(), `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name`)
	if err := each(rows, err, func(scan scanner) error {
		var one string
		err := scan(&one)
		one = strings.Join(strings.Fields(comments.ReplaceAllString(one, "")), " ")
		all = append(all, strings.NewReplacer(" ,", ",", " )", ")").Replace(one))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return append(all, fmt.Sprint(number(t, s, `PRAGMA user_version`)))
}
