package store

import (
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// What is tested here is true of SQLite alone: what stands in the bytes of the file,
// how much is written, and what a table refuses whoever writes. All else of the list
// is a promise of every store.

func TestAnAddressCannotSmuggleAnything(t *testing.T) {
	s := newFile(t)
	for _, bad := range []string{
		"a b@c.example", "a@c.example\r\nx", "<a@c.example>", "a\x00@c.example\x7f", "nobody",
		"@c.example",
	} {
		_, err := s.writer.conn.ExecContext(t.Context(), `INSERT INTO subscribers
			(public_id, address, address_key, status, created_at) VALUES (1, $1, $1, 'unconfirmed', 0)`, bad)
		if err == nil {
			t.Errorf("the table took %q", bad)
		}
	}
}

func TestASuppressionDoesNotTellTheAddress(t *testing.T) {
	s := newFile(t)
	r := addReader(t, s, "reader1@news.example")
	if _, err := s.List().Unsubscribe(t.Context(), r.PublicID, evening); err != nil {
		t.Fatal(err)
	}
	if n := number(t, s, `SELECT count(*) FROM suppressions WHERE instr(address_hash, 'reader') > 0`); n != 0 {
		t.Error("a suppression tells the address")
	}
}

func TestWhoIsForgottenIsNotInTheFile(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, filepath.Join(dir, "vesper.db"))
	ada := address(t, adas)
	signUp(t, s, ada, "192.0.2.77", evening)
	if n, err := s.List().Expire(t.Context(), evening.Add(time.Second)); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if err := s.emptyLog(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found := inFiles(t, dir, adas, local, "192.0.2.77"); len(found) > 0 {
		t.Errorf("%q are in the files", found)
	}
}

func TestAnImportThatIsRepeatedWritesNothing(t *testing.T) {
	s := newFile(t)
	var rows []subscribers.Row
	for i, reasons := range [][]string{nil, nil, {subscribers.ByReader}, {subscribers.Complaint, subscribers.Manual}} {
		r := activeReader(t, fmt.Sprintf("ana%d@quay.example", i))
		r.Suppressions, r.Consent.AskedAt = reasons, evening
		rows = append(rows, subscribers.Row{Subscriber: r, Keep: i == 3})
	}
	rows = append(rows, subscribers.Row{Subscriber: activeReader(t, "ana2@quay.example")})
	var before int
	for i := range 3 {
		if _, err := s.List().EnrolAll(t.Context(), slices.Values(rows),
			evening.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
		var changes int
		if err := s.writer.conn.QueryRowContext(t.Context(), `SELECT total_changes()`).Scan(&changes); err != nil {
			t.Fatal(err)
		}
		if i > 0 && changes != before {
			t.Errorf("time %d: %d rows were written", i+1, changes-before)
		}
		before = changes
	}
}

// A few thousand share a transaction, whatever is done to them.
func TestManyShareATransaction(t *testing.T) {
	s := newFile(t)
	addMany(t, s, chunk+20)
	var all []subscribers.Address
	for r, err := range s.List().Subscribers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r.Address)
	}
	for what, do := range map[string]func() error{
		"suppress": func() error {
			_, err := s.List().SuppressAll(t.Context(), all, subscribers.Manual, evening)
			return err
		},
		"remove": func() error { _, err := s.List().RemoveAll(t.Context(), slices.Values(all), evening); return err },
	} {
		before := s.Stats().Commits
		if err := do(); err != nil {
			t.Fatal(err)
		}
		if n := s.Stats().Commits - before; n != 2 {
			t.Errorf("%s took %d transactions, want 2", what, n)
		}
	}
}

func TestOneKeyOfEachPurposeIsInUse(t *testing.T) {
	s := newFile(t)
	for range 3 {
		if _, err := s.List().Rotate(t.Context(), evening); err != nil {
			t.Fatal(err)
		}
	}
	if n := number(t, s, `SELECT count(*) FROM keys WHERE current = 1`); n != 3 {
		t.Errorf("%d keys are in use, want one for each purpose", n)
	}
}

// Who has an address that the grammar refuses by now can still leave.
func TestAnyReaderCanLeave(t *testing.T) {
	s := newFile(t)
	r := addReader(t, s, "reader1@news.example")
	execute(t, s, `UPDATE subscribers SET address = 'reader1@localhost', address_key = 'reader1@localhost'`)
	if _, err := s.List().Reader(t.Context(), r.PublicID); err == nil || errors.Is(err, digest.ErrNotFound) {
		t.Fatalf("the grammar takes it: %v", err)
	}
	if changed, err := s.List().Unsubscribe(t.Context(), r.PublicID, evening); !changed || err != nil {
		t.Fatal(changed, err)
	}
	if got := text(t, s, `SELECT status FROM subscribers`); got != string(subscribers.Unsubscribed) {
		t.Errorf("the reader is %s", got)
	}
}

func BenchmarkRemoving40000(b *testing.B) {
	s := newFile(b)
	if _, err := s.List().EnrolAll(b.Context(), readersToAdd(b, 40_000), evening); err != nil {
		b.Fatal(err)
	}
	mustOpen(b, s, 0)
	var all []subscribers.Address
	for r := range s.List().Subscribers(b.Context()) {
		all = append(all, r.Address)
	}
	began := time.Now()
	if n, err := s.List().RemoveAll(b.Context(), slices.Values(all), evening); n != 40_000 || err != nil {
		b.Fatal(n, err)
	}
	b.ReportMetric(time.Since(began).Seconds(), "s/40000")
}

func readersToAdd(t testing.TB, n int) iter.Seq[subscribers.Row] {
	return func(yield func(subscribers.Row) bool) {
		for i := range n {
			if !yield(subscribers.Row{Subscriber: activeReader(t, fmt.Sprintf("reader%d@paper%d.example", i, i%50))}) {
				return
			}
		}
	}
}
