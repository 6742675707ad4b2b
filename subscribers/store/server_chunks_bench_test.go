//go:build unix

package store

import (
	"flag"
	"path/filepath"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// addManyOnServer adds readers with what an import gives them, one in twenty for the plain
// variant.
func addManyOnServer(t testing.TB, s *File, n int) {
	t.Helper()
	for _, query := range []string{
		`INSERT INTO subscribers (public_id, address, address_key, name, status, variant, created_at, confirmed_at,
			source, source_hash, source_row, consent_at, consent_from)
		SELECT i * 7919, 'reader' || i || '@paper' || i % 50 || '.example', 'reader' || i || '@paper' || i % 50 || '.example',
			'A Reader', 'active', CASE i % 20 WHEN 0 THEN 'plain' ELSE 'designed' END, $2, $2, 'members.csv',
			'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', i, $2, '192.0.2.1'
		FROM generate_series(1, CAST($1 AS BIGINT)) i`,
	} {
		if _, err := s.server.pool.Exec(t.Context(), query, n, evening.Add(-time.Hour).Unix()); err != nil {
			t.Fatal(err)
		}
	}
	for _, query := range []string{`VACUUM ANALYZE subscribers`, `CHECKPOINT`} {
		if _, err := s.server.pool.Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
}

var openingVolume = flag.Int64("opening-volume", 0, "how many deliveries a volume of the ledger has")

// BenchmarkOpeningOnAServer opens an edition for many readers on a server that writes to the
// disk, and has its first messages given out. Ten millions: -opening-readers 10000000
// -benchtime 1x, with TMPDIR on a disk that has 20 GB. With -opening-volume 1 each begins a volume.
func BenchmarkOpeningOnAServer(b *testing.B) {
	url := pgtest.Start(b, "max_wal_size = '4GB'", "shared_buffers = '1GB'").Database(b, "bench")
	s := openServerAt(b, url, Options{Volume: *openingVolume})
	addManyOnServer(b, s, *openingReaders)
	var first, tally time.Duration
	day := 0
	for b.Loop() {
		opened := mustOpen(b, s, day)
		b.StopTimer()
		began := time.Now()
		if n := len(owed(b, s, opened.Number, opened.OpenedAt)); n == 0 {
			b.Fatal("nothing is owed")
		}
		first += time.Since(began)
		began = time.Now()
		t, err := s.Book().Tallied(b.Context(), opening(day).Edition.ID)
		if err != nil || t.Tally.Opened != *openingReaders || t.Tally.Pending != *openingReaders {
			b.Fatal(t, err)
		}
		tally += time.Since(began)
		day++
		b.StartTimer()
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*1e6/float64(*openingReaders), "s/million")
	b.ReportMetric(first.Seconds()/float64(b.N)*1e3, "ms-to-first")
	b.ReportMetric(tally.Seconds()/float64(b.N)*1e3, "ms-tally")
}

// BenchmarkEnteringOnAServer enters one chunk after another.
func BenchmarkEnteringOnAServer(b *testing.B) {
	s := openServerAt(b, pgtest.Start(b).Database(b, "bench"), Options{})
	addManyOnServer(b, s, *openingReaders)
	opened, day, entered := digest.Tallied{}, 0, 0
	for b.Loop() {
		if entered == 0 {
			b.StopTimer()
			opened = mustOpen(b, s, day)
			day, entered = day+1, opened.Tally.Opened
			b.StartTimer()
		}
		more, err := s.Ledger(opened.Number).enterNext(b.Context(), digest.Whole(), opened.OpenedAt, nil, nil, 1)
		if err != nil {
			b.Fatal(err)
		}
		if !more {
			entered = 0
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*1e3, "ms/chunk")
}

func openServerAt(t testing.TB, url string, o Options) *File {
	t.Helper()
	o.Now = func() time.Time { return evening }
	s, err := OpenServer(t.Context(), url, filepath.Join(t.TempDir(), "vesper"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
