package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/storetest"
)

// opening is an edition as the suite for every store opens it.
var opening = storetest.Opening

// evening is the time of most tests: a slot's time.
var evening = opening(0).At

func openFile(t testing.TB, path string) *File {
	t.Helper()
	return openWith(t, path, Options{Now: func() time.Time { return evening }})
}

// openWith opens a database of which each statement is watched: see watch.
func openWith(t testing.TB, path string, o Options) *File {
	t.Helper()
	s, err := Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	watch(t, s)
	t.Cleanup(func() { s.Close() })
	return s
}

func newFile(t testing.TB) *File {
	t.Helper()
	return openFile(t, filepath.Join(t.TempDir(), "vesper.db"))
}

func address(t testing.TB, s string) subscribers.Address {
	t.Helper()
	a, err := subscribers.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func activeReader(t testing.TB, s string) subscribers.Subscriber {
	return subscribers.Subscriber{Address: address(t, s), Status: subscribers.Active}
}

// addReader puts an active reader on the list.
func addReader(t testing.TB, s *File, a string) subscribers.Subscriber {
	t.Helper()
	one, _, err := s.List().Add(t.Context(), activeReader(t, a), evening.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return one
}

// addReaders puts n active readers on the list: reader1@news.example …
func addReaders(t testing.TB, s *File, n int) []subscribers.Subscriber {
	t.Helper()
	all := make([]subscribers.Subscriber, 0, n)
	for i := range n {
		all = append(all, addReader(t, s, fmt.Sprintf("reader%d@news.example", i+1)))
	}
	return all
}

// addMany puts n active readers on the list at once, as no import does.
func addMany(t testing.TB, s *File, n int) {
	t.Helper()
	execute(t, s, `INSERT INTO subscribers (public_id, address, address_key, status, created_at, confirmed_at)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		SELECT i * 7919, 'reader' || i || '@paper' || (i % 50) || '.example',
			'reader' || i || '@paper' || (i % 50) || '.example', 'active', $2, $2 FROM n`,
		n, evening.Add(-time.Hour).Unix())
}

// removeReader takes a reader's row away.
func removeReader(t testing.TB, s *File, a subscribers.Address) {
	t.Helper()
	n, err := s.List().RemoveAll(t.Context(), slices.Values([]subscribers.Address{a}), evening)
	if n != 1 || err != nil {
		t.Fatalf("removed %d, %v", n, err)
	}
}

func mustOpen(t testing.TB, s *File, n int) digest.Tallied {
	t.Helper()
	r, err := s.Book().OpenEdition(t.Context(), opening(n))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func owed(t testing.TB, s *File, number uint32, now time.Time) []digest.Delivery {
	t.Helper()
	ds, err := s.Ledger(number).Owed(t.Context(), digest.Whole(), now, nil, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func intendAll(t testing.TB, s *File, number uint32, ds []digest.Delivery) {
	t.Helper()
	for _, d := range ds {
		if ok, err := s.Ledger(number).Intend(t.Context(), d, evening, nil); err != nil || !ok {
			t.Fatalf("intend %d: %v, %v", d.Key, ok, err)
		}
	}
}

func accepted(at time.Time) digest.Settlement {
	return digest.Settlement{
		Step: digest.Sent, At: at, Outcome: digest.Outcome{Class: digest.Accepted, Code: 250, Reply: "ok"},
	}
}

func tally(t testing.TB, s *File) digest.Tally {
	t.Helper()
	all, err := s.Book().Tallies(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("got %d editions, %v", len(all), err)
	}
	return all[0].Tally
}

// recoverAll takes over what a process that is gone left under way.
func recoverAll(t testing.TB, s *File, number uint32, hold bool) int {
	t.Helper()
	later := evening.Add(DefaultLease)
	swept, err := s.Ledger(number).Sweep(t.Context(), digest.Sweeping{Range: digest.Whole(), Now: later, Hold: hold})
	if err != nil {
		t.Fatal(err)
	}
	return swept.Recovered
}

func number(t testing.TB, s *File, query string, args ...any) int {
	t.Helper()
	var n int
	if err := s.db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func text(t testing.TB, s *File, query string) string {
	t.Helper()
	var got string
	if err := s.db.QueryRowContext(t.Context(), query).Scan(&got); err != nil {
		t.Fatal(err)
	}
	return got
}

// execute runs SQL that the program itself never does.
func execute(t testing.TB, s *File, statement string, args ...any) {
	t.Helper()
	if err := s.write.whole(t.Context(), func(ctx context.Context, c conn) error {
		_, err := s.writer.conn.ExecContext(ctx, statement, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// pragma sets something of the connection that writes.
func pragma(t testing.TB, s *File, statement string) {
	t.Helper()
	if _, err := s.writer.conn.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func postTo(t testing.TB, s *File, kind digest.LetterKind, to string) int64 {
	t.Helper()
	id, err := s.Outbox().Post(t.Context(), digest.Letter{
		Kind: kind, Address: to, ReturnPath: "bounces+t0k3n@post.example",
		Bytes: []byte("To: " + to + "\r\n\r\nHello"),
	}, evening)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func owedLetters(t testing.TB, s *File, now time.Time) []digest.Delivery {
	t.Helper()
	ds, err := s.Outbox().Owed(t.Context(), digest.Whole(), now, nil, 100)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func intendLetter(t testing.TB, s *File, d digest.Delivery) {
	t.Helper()
	if ok, err := s.Outbox().Intend(t.Context(), d, evening, nil); !ok || err != nil {
		t.Fatalf("intend letter %d: %v, %v", d.Key, ok, err)
	}
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
