package sqlite

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"vesper/digest"
)

func BenchmarkOpening100000(b *testing.B) {
	s := newFile(b)
	addMany(b, s, 100_000)
	day := 0
	for b.Loop() {
		mustOpen(b, s, day)
		day++
	}
	b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkSettle measures the two writes of a delivery with so many
// connections at work.
func BenchmarkSettle(b *testing.B) {
	for _, connections := range []int{1, 8, 32} {
		b.Run(fmt.Sprintf("connections=%d", connections), func(b *testing.B) { benchmarkSettle(b, connections) })
	}
}

func benchmarkSettle(b *testing.B, connections int) {
	s := newFile(b)
	addMany(b, s, b.N)
	l := s.Ledger(mustOpen(b, s, 0).Number)
	ds, err := l.Owed(b.Context(), digest.Whole(), evening, nil, b.N)
	if err != nil {
		b.Fatal(err)
	}
	before := s.Stats()
	b.ResetTimer()
	next := make(chan digest.Delivery)
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			for d := range next {
				if ok, err := l.Intend(b.Context(), d, evening); !ok || err != nil {
					b.Error(ok, err)
				}
				if err := l.Settle(b.Context(), d, accepted(evening.Add(time.Second))); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for _, d := range ds {
		next <- d
	}
	close(next)
	all.Wait()
	after := s.Stats()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
	b.ReportMetric(float64(after.Writes-before.Writes)/float64(after.Commits-before.Commits), "writes/commit")
}
