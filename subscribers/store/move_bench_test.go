//go:build unix

package store

import (
	"path/filepath"
	"testing"
	"time"

	"vesper/subscribers/pgtest"
)

// BenchmarkMove measures how long a move takes, there and back, with a server that writes to
// the disk. Run it with -benchtime 1x -readers 200000 -editions 2.
func BenchmarkMove(b *testing.B) {
	server := pgtest.Start(b)
	for b.Loop() {
		s := large(b)
		file := Place{Path: s.path}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		there := Place{Path: filepath.Join(b.TempDir(), "vesper.postgres"), URL: server.Database(b, "moved")}
		measured(b, "there", file, there)
		measured(b, "back", there, Place{Path: filepath.Join(b.TempDir(), "back.db")})
	}
}

func measured(b *testing.B, name string, from, to Place) {
	b.Helper()
	began := time.Now()
	copied := time.Duration(0)
	how := moving1(from, to)
	how.Told = func(done, total int64) {
		if copied == 0 && done >= total/2 {
			copied = time.Since(began)
		}
	}
	moved, err := Move(b.Context(), how)
	if err != nil {
		b.Fatal(err)
	}
	took := time.Since(began)
	b.Logf("%s: %d rows, %d MB: %.1f s, of which %.1f until all was copied", name, moved.Rows(), moved.Bytes>>20,
		took.Seconds(), copied.Seconds())
	b.ReportMetric(float64(moved.Rows())/took.Seconds(), "rows/s-"+name)
}
