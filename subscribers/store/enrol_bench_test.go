package store

import (
	"database/sql"
	"fmt"
	"iter"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"vesper/subscribers"
)

// strangers gives n active readers in an order that no index likes, each with
// what an export has.
func strangers(t testing.TB, n int) iter.Seq[subscribers.Row] {
	return func(yield func(subscribers.Row) bool) {
		for i := range n {
			// A permutation of the numbers below 2^24, in place of random names.
			x := uint32(i) * 0x9e3779b1 >> 8
			r := activeReader(t, fmt.Sprintf("%06x.reader%d@paper%d.example", x, i, i%50))
			r.Name = "A Reader"
			r.Consent = subscribers.Consent{
				AskedAt: evening, AskedFrom: "192.0.2.1", ConfirmedAt: evening,
				ConfirmedFrom: "192.0.2.1",
			}
			r.Provenance = subscribers.Provenance{
				Source: "members.csv", SHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
				Row: i,
			}
			if !yield(subscribers.Row{Subscriber: r}) {
				return
			}
		}
	}
}

// BenchmarkEnrol measures an import of a million readers against a yardstick on
// the same disk: the same rows through one bare prepared INSERT, as many a
// transaction. Run it with -benchtime 1x.
func BenchmarkEnrol(b *testing.B) {
	const readers = 1_000_000
	for b.Loop() {
		bare := bareInserts(b, readers)
		s := openFile(b, filepath.Join(b.TempDir(), "vesper.db"))
		start := time.Now()
		if _, err := s.List().EnrolAll(b.Context(), strangers(b, readers), evening); err != nil {
			b.Fatal(err)
		}
		enrolled := time.Since(start)
		start = time.Now()
		counts, err := s.List().EnrolAll(b.Context(), strangers(b, readers), evening)
		if counts != (subscribers.Counts{Unchanged: readers}) || err != nil {
			b.Fatal(counts, err)
		}
		again := time.Since(start)
		start = time.Now()
		if found, err := s.List().Erase(b.Context(), address(b, "000000.reader0@paper0.example"), evening); !found ||
			err != nil {
			b.Fatal(found, err)
		}
		b.ReportMetric(time.Since(start).Seconds(), "s/erasure")
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(enrolled.Seconds(), "s")
		b.ReportMetric(again.Seconds(), "s/again")
		b.ReportMetric(bare.Seconds(), "s/yardstick")
		b.ReportMetric(enrolled.Seconds()/bare.Seconds(), "times")
		b.ReportMetric(float64(m.HeapSys)/1e6, "MB-heap")
	}
}

func bareInserts(b *testing.B, n int) time.Duration {
	b.Helper()
	path := filepath.Join(b.TempDir(), "bare.db")
	openFile(b, path).Close()
	db, err := sql.Open("sqlite3", dsn(path, writing))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	c, err := db.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	insert, err := c.PrepareContext(b.Context(), `INSERT INTO subscribers
		(public_id, address, address_key, name, status, created_at, confirmed_at)
		VALUES ($1, $2, $3, $4, 'active', 0, 0)`)
	if err != nil {
		b.Fatal(err)
	}
	defer insert.Close()
	start, i := time.Now(), 0
	for row := range strangers(b, n) {
		if i%chunk == 0 {
			if i > 0 {
				_, err = c.ExecContext(b.Context(), `COMMIT`)
			}
			if _, beginErr := c.ExecContext(b.Context(), `BEGIN IMMEDIATE`); err != nil || beginErr != nil {
				b.Fatal(err, beginErr)
			}
		}
		a := row.Subscriber.Address
		if _, err := insert.ExecContext(b.Context(), int64(uint64(i)*0x9e3779b97f4a7c15), a.String(), a.Key(),
			row.Subscriber.Name); err != nil {
			b.Fatal(err)
		}
		i++
	}
	if _, err := c.ExecContext(b.Context(), `COMMIT`); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}
