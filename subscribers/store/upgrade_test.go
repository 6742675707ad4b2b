package store

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// halfSent copies testdata/half-sent-3.db, which the last program of version 3 left
// behind when it was killed: see half-sent-3.py. Statements change the copy while it
// is of version 3.
func halfSent(t *testing.T, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vesper.db")
	copyFile(t, "testdata/half-sent-3.db", path)
	if len(statements) == 0 {
		return path
	}
	db, err := sql.Open("sqlite3", dsn(path, asking))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// night is when the process of half-sent-3.db was killed, shortly after its rows
// were intended.
var night = time.Date(2026, 11, 22, 18, 0, 10, 0, time.UTC)

func TestAnEditionHalfSentByTheVersionBeforeGoesOn(t *testing.T) {
	s := openFile(t, halfSent(t))
	if diff := cmp.Diff(form(t, newFile(t)), form(t, s)); diff != "" {
		t.Errorf("a new database and a migrated one differ: %s", diff)
	}
	all, err := s.Book().Tallies(t.Context())
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	want := []digest.Tally{
		{Opened: 38, Sent: 18, Failed: 1, Pending: 15, Attempting: 4},
		{Opened: 40, Sent: 38, Failed: 1, Expired: 1},
	}
	for i, r := range all {
		if r.Tally != want[i] {
			t.Errorf("%s: got %+v, want %+v", r.ID, r.Tally, want[i])
		}
		if faults, err := s.Book().Verify(t.Context(), r.Number); len(faults) > 0 || err != nil {
			t.Errorf("%s: %v, %v", r.ID, faults, err)
		}
	}
	if n := number(t, s, `SELECT count(*) FROM editions WHERE number = 1 AND sent = 38 AND doubts = 0`); n != 1 {
		t.Error("the sums of the edition that is done are not stored")
	}
	un, err := s.Book().Unfinished(t.Context())
	if err != nil || len(un) != 1 || un[0].Number != 2 || un[0].State != digest.Sending || un[0].Next.After(night) {
		t.Fatalf("got %+v, %v, want the edition that is half sent", un, err)
	}
	page, err := s.Book().WebView(t.Context(), un[0].ID)
	if len(page) != 6622 || err != nil {
		t.Errorf("got a web view of %d bytes, %v", len(page), err)
	}
	if h, err := s.Book().History(t.Context(), "evening", night); h.CutOff.IsZero() || h.Recorded || err != nil {
		t.Errorf("got %+v, %v: it recorded no look at the desk", h, err)
	}
	sendTheRest(t, s)
	done, err := s.Book().Tallied(t.Context(), un[0].ID)
	wantDone := digest.Tally{Opened: 38, Sent: 37, Failed: 1, PossibleDuplicates: 4}
	if done.Tally != wantDone || done.State != digest.Done || done.Recovered != 4 || err != nil {
		t.Errorf("got %+v, %v, want %+v with 4 recovered", done, err, wantDone)
	}
	if faults, err := s.Book().Verify(t.Context(), 2); len(faults) > 0 || err != nil {
		t.Errorf("%v, %v", faults, err)
	}
}

// sendTheRest does what a run does, until nobody is owed edition 2.
func sendTheRest(t *testing.T, s *File) {
	t.Helper()
	if r, err := s.Book().Begin(t.Context(), 2, night); r.State != digest.Sending || err != nil {
		t.Fatal(r, err)
	}
	l := s.Ledger(2)
	sweep := func(now time.Time) digest.Swept {
		t.Helper()
		w := digest.Sweeping{Range: digest.Whole(), Now: now, TooOld: now.Add(-6 * time.Hour)}
		swept, err := l.Sweep(t.Context(), w)
		if err != nil {
			t.Fatal(err)
		}
		return swept
	}
	// The old process had a lease of fifteen minutes, and may be alive.
	if swept := sweep(night); swept.Recovered != 0 {
		t.Errorf("recovered %d while the lease runs", swept.Recovered)
	}
	later := night.Add(DefaultLease)
	if swept := sweep(later); swept.Recovered != 4 {
		t.Errorf("recovered %d, want 4", swept.Recovered)
	}
	opened := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	ds, err := l.Owed(t.Context(), digest.Whole(), later, nil, 100)
	if err != nil || len(ds) != 19 {
		t.Fatalf("%d are owed, %v, want 19", len(ds), err)
	}
	for _, d := range ds {
		late := d.FirstDue.Sub(opened) > 10*time.Second
		if late || d.MessageID == "" || d.Unsubscribe == "" || d.Variant != digest.Designed {
			t.Errorf("got %+v", d)
		}
		if ok, err := l.Intend(t.Context(), d, later, nil); !ok || err != nil {
			t.Fatal(ok, err)
		}
		if err := l.Settle(t.Context(), d, accepted(later)); err != nil {
			t.Fatal(err)
		}
	}
	if swept := sweep(later); !swept.Next.IsZero() {
		t.Errorf("got %+v, want nobody owed", swept)
	}
	if err := s.Book().Close(t.Context(), 2, later); err != nil {
		t.Fatal(err)
	}
}

func TestOldPausesGetTheirKind(t *testing.T) {
	for reason, want := range map[string]digest.Pause{
		"the relay refuses us: 535 5.7.8 no":       digest.PausedAccount,
		"the relay refuses the message: 554 5.7.1": digest.PausedMessage,
		"crash loop":  digest.PausedCrashLoop,
		"by the desk": digest.PausedDesk,
		"we say that the relay refuses us, perhaps": digest.PausedDesk,
		"": digest.PausedDesk,
	} {
		s := openFile(t, halfSent(t, `UPDATE editions SET state = 'paused', reason = '`+reason+`' WHERE number = 2`))
		un, err := s.Book().Unfinished(t.Context())
		if err != nil || len(un) != 1 {
			t.Fatal(un, err)
		}
		if r := un[0]; r.State != digest.Paused || r.Pause != want || r.Reason != reason {
			t.Errorf("%q: got %+v, %v, want the kind %q", reason, un, err, want)
		}
	}
}

func TestOldQuotesAreFound(t *testing.T) {
	s := openFile(t, halfSent(t,
		`UPDATE deliveries SET reply = '<reader7@news.example> goes on to <other@elsewhere.example>'
			WHERE edition = 2 AND subscriber = 7`,
		// Relays thank in the same way: such rows are many, and are left out.
		`UPDATE deliveries SET reply = 'thanks, <thanked@elsewhere.example>' WHERE edition = 1 AND subscriber = 1`,
		// The row of a reader who is gone.
		`UPDATE deliveries SET step = 'failed', reply = '<reader38@news.example>: gone'
			WHERE edition = 1 AND subscriber = 38`,
		`INSERT INTO letters (kind, address, return_path, bytes, step, due_at, first_due_at, at, created_at, reply)
			VALUES ('proof', '', '', x'', 'failed', 0, 0, 0, 0, 'ben@quay.example is unknown')`,
	))
	for a, want := range map[string][2]int{
		"other@elsewhere.example": {1, 0}, "reader38@news.example": {1, 0}, "ben@quay.example": {0, 1},
		"reader7@news.example": {2, 0}, "reader9@news.example": {2, 0}, "thanked@elsewhere.example": {0, 0},
	} {
		q, err := s.List().Quotes(t.Context(), address(t, a), 0)
		if got := [2]int{len(q.Receipts), len(q.Letters)}; got != want || err != nil {
			t.Errorf("%s: got %v, %v, want %v", a, got, err, want)
		}
	}
	if n := number(t, s, `SELECT count(*) FROM deliveries WHERE quotes = 1`); n != 3 {
		t.Errorf("%d rows quote their own reader alone, want 3", n)
	}
	if n := number(t, s, `SELECT count(*) FROM deliveries WHERE quotes = 2`); n != 2 {
		t.Errorf("%d rows may quote others, want 2", n)
	}
}

// What has waited for the version before is not held up by the new checks.
func TestADamagedSumDoesNotKeepADatabaseFromComingUp(t *testing.T) {
	s := openFile(t, halfSent(t, `UPDATE editions SET opened = opened + 1 WHERE number = 1`))
	faults, err := s.Book().Verify(t.Context(), 1)
	want := []string{"it was opened for 41 recipients, but there are 40"}
	if diff := cmp.Diff(want, faults); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if _, err := s.Book().Begin(t.Context(), 1, night); err == nil || errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want that it is done", err)
	}
}

func TestADatabaseIsNotBroughtUpToDateUnderTheProgramThatUsesIt(t *testing.T) {
	path := halfSent(t)
	lock, err := takeLock(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := sign(lock, "serve", night); err != nil {
		t.Fatal(err)
	}
	var held *digest.HeldError
	if _, err := Open(t.Context(), path, Options{}); !errors.As(err, &held) || held.Role != "serve" {
		t.Fatalf("got %v, want that serve has it", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	openFile(t, path)
}
