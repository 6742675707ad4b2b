package store

import (
	"flag"
	"path/filepath"
	"testing"
	"time"

	"vesper/digest"
)

// A year of editions for a million readers is -editions 365 -readers 1000000. It
// takes some 50 GB and hours to build; what is looked up grows with the editions and
// not with the readers.
var (
	largeEditions = flag.Int("editions", 12, "how many editions the large ledger has")
	largeReaders  = flag.Int("readers", 500, "how many readers each of them has")
	largeAt       = flag.String("large", "", "where the large ledger lies, to be built once and kept")
)

// large gives a database with many editions that are done, and one, the last, that
// is deferred for all of its readers. Of each edition one reader in a hundred failed
// with a reply that quotes the reader, and a hundred with one that quotes somebody
// else: one in ten thousand, were there a million.
func large(tb testing.TB) *File {
	tb.Helper()
	path := *largeAt
	if path == "" {
		path = filepath.Join(tb.TempDir(), "large.db")
	}
	s := openFile(tb, path)
	if last := number(tb, s, `SELECT count(*) FROM editions`); last > 0 {
		return s
	}
	pragma(tb, s, `PRAGMA synchronous = OFF`)
	addMany(tb, s, *largeReaders)
	for day := range *largeEditions {
		n := mustOpen(tb, s, day).Number
		if _, err := s.Book().Begin(tb.Context(), n, evening); err != nil {
			tb.Fatal(err)
		}
		if day == *largeEditions-1 {
			execute(tb, s, `UPDATE deliveries SET attempts = 1, code = 451, reply = 'come again',
				due_at = due_at + 300 + subscriber % 120, resumed_at = due_at + 86400 WHERE edition = $1`, n)
			break
		}
		execute(tb, s, `UPDATE deliveries SET step = 'sent', code = 250, queue_id = '4XyZ' || subscriber,
			reply = '2.0.0 Ok: queued as 4XyZ' || subscriber WHERE edition = $1`, n)
		execute(tb, s, `UPDATE deliveries SET step = 'failed', code = 550, quotes = 1,
			reply = '<reader' || subscriber || '@news.example>: no such user'
			WHERE edition = $1 AND subscriber % 100 = 7`, n)
		execute(tb, s, `UPDATE deliveries SET step = 'failed', code = 550, quotes = 2,
			reply = '<other' || subscriber || '@elsewhere.example>: no such user'
			WHERE edition = $1 AND subscriber % $2 = 1`, n, max(5, *largeReaders/100))
		if err := s.Book().Close(tb.Context(), n, evening); err != nil {
			tb.Fatal(err)
		}
	}
	pragma(tb, s, `PRAGMA synchronous = FULL`)
	return s
}

// BenchmarkALargeLedger measures what is asked of a large ledger while nothing is
// sent from it: what the service asks each second, and what people look up.
func BenchmarkALargeLedger(b *testing.B) {
	s := large(b)
	last := uint32(*largeEditions)
	now := opening(*largeEditions - 1).At
	reader := address(b, "reader107@paper7.example")
	sweep := func(s digest.Sweeping, l *Ledger) func() error {
		return func() error {
			s.Range = digest.Whole()
			_, err := l.Sweep(b.Context(), s)
			return err
		}
	}
	ctx, id, later := b.Context(), opening(1).Edition.ID, now.Add(time.Hour)
	for name, ask := range map[string]func() error{
		"Unfinished":           func() error { _, err := s.Book().Unfinished(ctx); return err },
		"Tallies":              func() error { _, err := s.Book().Tallies(ctx); return err },
		"Records":              func() error { _, err := s.Book().Records(ctx); return err },
		"Receipts":             func() error { _, err := s.Book().Receipts(ctx, 107); return err },
		"Receipt":              func() error { _, err := s.Book().Receipt(ctx, id, 107); return err },
		"Quotes":               func() error { _, err := s.List().Quotes(ctx, reader, 107); return err },
		"Subscriber":           func() error { _, err := s.List().Subscriber(ctx, reader); return err },
		"LettersTo":            func() error { _, err := s.Outbox().LettersTo(ctx, 107); return err },
		"Sweep of none due":    sweep(digest.Sweeping{Now: now, TooOld: now.Add(-time.Hour)}, s.Ledger(last)),
		"Sweep of all due":     sweep(digest.Sweeping{Now: later, TooOld: now.Add(-time.Hour)}, s.Ledger(last)),
		"Sweep past giving up": sweep(digest.Sweeping{Now: now, TooOld: now.Add(time.Second)}, s.Ledger(last)),
		"Owed": func() error {
			_, err := s.Ledger(last).Owed(ctx, digest.Whole(), later, nil, 500)
			return err
		},
		"Failures": func() error { _, err := s.Book().Failures(ctx, 1, 20); return err },
		"Verify":   func() error { _, err := s.Book().Verify(ctx, 1); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := ask(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
