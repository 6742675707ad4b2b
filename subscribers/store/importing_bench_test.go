package store

import (
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// BenchmarkSendingDuringAnImport has an edition's outcomes recorded by sixteen connections,
// alone and while another process imports readers. "share" is the rate of sending beside an
// import as a part of that alone, and "rows/s" that of the import meanwhile.
func BenchmarkSendingDuringAnImport(b *testing.B) {
	const messages = 10_000
	path := filepath.Join(b.TempDir(), "vesper.db")
	sender, importer := openFile(b, path), openFile(b, path)
	addMany(b, sender, messages)
	lock, err := sender.Lock("serve")
	if err != nil {
		b.Fatal(err)
	}
	defer lock.Unlock()
	day := 0
	var alone, beside []time.Duration
	var tookAlone, tookBeside time.Duration
	rows := 0
	for b.Loop() {
		first, second := mustOpen(b, sender, day).Number, mustOpen(b, sender, day+1).Number
		a, took := recordAll(b, sender, first, opening(day).At)
		alone, tookAlone = append(alone, a...), tookAlone+took

		var over atomic.Bool
		var importing sync.WaitGroup
		importing.Go(func() {
			_, err := importer.List().EnrolAll(b.Context(), func(yield func(subscribers.Row) bool) {
				for row := range strangers(b, 1<<24) {
					if rows++; over.Load() || !yield(row) {
						return
					}
				}
			}, evening)
			if err != nil {
				b.Error(err)
			}
		})
		for importer.Stats().Commits == 0 {
			time.Sleep(time.Millisecond)
		}
		a, took = recordAll(b, sender, second, opening(day+1).At)
		beside, tookBeside = append(beside, a...), tookBeside+took
		over.Store(true)
		importing.Wait()
		day += 2
	}
	slices.Sort(alone)
	slices.Sort(beside)
	b.ReportMetric(float64(alone[len(alone)*99/100].Microseconds())/1000, "ms-p99-alone")
	b.ReportMetric(float64(beside[len(beside)*99/100].Microseconds())/1000, "ms-p99")
	b.ReportMetric(float64(beside[len(beside)-1].Milliseconds()), "ms-longest")
	b.ReportMetric(float64(tookAlone)/float64(tookBeside), "share")
	b.ReportMetric(float64(rows)/tookBeside.Seconds(), "rows/s")
}

// recordAll records every delivery of an edition as sent. It gives how long each of the writes
// was waited for, and how long all took.
func recordAll(b *testing.B, s *File, edition uint32, now time.Time) ([]time.Duration, time.Duration) {
	b.Helper()
	l := s.Ledger(edition)
	ds, err := l.Owed(b.Context(), digest.Whole(), now, nil, 10_000)
	if err != nil {
		b.Fatal(err)
	}
	var mu sync.Mutex
	var waits []time.Duration
	next := make(chan digest.Delivery)
	var all sync.WaitGroup
	began := time.Now()
	for range 16 {
		all.Go(func() {
			var own []time.Duration
			for d := range next {
				start := time.Now()
				if ok, err := l.Intend(b.Context(), d, now, nil); !ok || err != nil {
					b.Error(ok, err)
				}
				middle := time.Now()
				if err := l.Settle(b.Context(), d, accepted(now.Add(time.Second))); err != nil {
					b.Error(err)
				}
				own = append(own, middle.Sub(start), time.Since(middle))
			}
			mu.Lock()
			defer mu.Unlock()
			waits = append(waits, own...)
		})
	}
	for _, d := range ds {
		next <- d
	}
	close(next)
	all.Wait()
	return waits, time.Since(began)
}
