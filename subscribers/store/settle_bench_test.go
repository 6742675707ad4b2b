package store

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"vesper/digest"
)

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
				if ok, err := l.Intend(b.Context(), d, evening, nil); !ok || err != nil {
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

// BenchmarkIntending measures what it costs that MAIL waits for the ledger's look at
// the row. A relay's answers take a moment, once before the dot and once after it.
// "ratio" is how many times as many deliveries there are with that wait as without.
func BenchmarkIntending(b *testing.B) {
	const way = 300 * time.Microsecond
	for _, connections := range []int{1, 8, 32} {
		b.Run(fmt.Sprintf("connections=%d", connections), func(b *testing.B) {
			without := intending(b, connections, way, false)
			with := intending(b, connections, way, true)
			b.ReportMetric(without, "without/s")
			b.ReportMetric(with, "with/s")
			b.ReportMetric(with/without, "ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// intending gives the deliveries a second over so many connections.
func intending(b *testing.B, connections int, way time.Duration, look bool) float64 {
	s := newFile(b)
	addMany(b, s, b.N)
	l := s.Ledger(mustOpen(b, s, 0).Number)
	ds, err := l.Owed(b.Context(), digest.Whole(), evening, nil, b.N)
	if err != nil {
		b.Fatal(err)
	}
	next := make(chan digest.Delivery)
	var all sync.WaitGroup
	began := time.Now()
	for range connections {
		all.Go(func() {
			for d := range next {
				looked, durable := make(chan bool, 1), make(chan error, 1)
				go func() {
					_, err := l.Intend(b.Context(), d, evening, func(taken bool) { looked <- taken })
					durable <- err
				}()
				if look && !<-looked {
					b.Error("the row was not taken")
				}
				<-time.After(way)
				if err := <-durable; err != nil {
					b.Error(err)
				}
				<-time.After(way)
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
	return float64(b.N) / time.Since(began).Seconds()
}
