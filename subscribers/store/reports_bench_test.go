package store

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// BenchmarkTracingARedactedComplaint measures the search among the readers of the
// editions around its date.
func BenchmarkTracingARedactedComplaint(b *testing.B) {
	s := newFile(b)
	addMany(b, s, 200_000)
	mustOpen(b, s, 0)
	c := subscribers.Clues{MessageIDs: []string{strings.Repeat("a", subscribers.MessageIDLength) + "@x"}, Sent: evening}
	for b.Loop() {
		if found, err := s.List().Trace(b.Context(), c); found.Proof != subscribers.NotProven || err != nil {
			b.Fatal(found, err)
		}
	}
}

// BenchmarkWeighing measures a report of a dead address, with its reader on a list of
// that many.
func BenchmarkWeighing(b *testing.B) {
	s := newFile(b)
	addMany(b, s, 100_000)
	mustOpen(b, s, 0)
	execute(b, s, `UPDATE deliveries SET step = 'sent'`)
	var all []subscribers.Report
	for i := range b.N {
		r := cameBack(fmt.Sprint(i), int64(i%100_000)+1, 1, "no such user")
		r.Class, r.Cause, r.Status, r.Raw = subscribers.ClassRemove, subscribers.UserUnknown, "5.1.1", nil
		all = append(all, r)
	}
	b.ResetTimer()
	if _, err := s.List().Record(b.Context(), all); err != nil {
		b.Fatal(err)
	}
	recorded := b.Elapsed()
	for {
		some, err := s.List().Unweighed(b.Context(), 0, 50)
		if err != nil {
			b.Fatal(err)
		}
		if len(some) == 0 {
			break
		}
		if _, err := s.List().Weigh(b.Context(), some, subscribers.DefaultRules, evening); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/(b.Elapsed()-recorded).Seconds(), "weighed/s")
}

// BenchmarkSendingWhileMuchComesBack measures how long the two writes of a delivery take,
// 200 deliveries a second, while 10,000 reports are recorded one by one over 20 connections
// and weighed.
func BenchmarkSendingWhileMuchComesBack(b *testing.B) {
	for _, comes := range []bool{false, true} {
		b.Run(fmt.Sprintf("comes=%v", comes), func(b *testing.B) { sendingWhile(b, comes) })
	}
}

func sendingWhile(b *testing.B, comes bool) {
	const readers = 100_000
	s := newFile(b)
	addMany(b, s, readers)
	mustOpen(b, s, 0)
	execute(b, s, `UPDATE deliveries SET step = 'sent'`)
	l := s.Ledger(mustOpen(b, s, 1).Number)
	ds, err := l.Owed(b.Context(), digest.Whole(), evening.AddDate(0, 0, 1), nil, readers/2)
	if err != nil {
		b.Fatal(err)
	}
	var all sync.WaitGroup
	began := time.Now()
	var recorded, weighed time.Duration
	if comes {
		all.Go(func() { recorded, weighed = muchComesBack(b, s, began) })
	}
	over := make(chan struct{})
	go func() { all.Wait(); close(over) }()
	var took []time.Duration
	var mu sync.Mutex
	var connections sync.WaitGroup
	next := make(chan digest.Delivery)
	for range 8 {
		connections.Go(func() {
			for d := range next {
				at := time.Now()
				ok, err := l.Intend(b.Context(), d, evening, nil)
				if ok {
					err = l.Settle(b.Context(), d, accepted(evening))
				}
				if err != nil {
					b.Error(err)
				}
				mu.Lock()
				took = append(took, time.Since(at))
				mu.Unlock()
			}
		})
	}
	// The rate gives no credit for what was late.
	tick := time.NewTicker(time.Second / 200)
	defer tick.Stop()
	for i := 0; i < len(ds); i++ {
		<-tick.C
		next <- ds[i]
		select {
		case <-over:
			if i > 999 {
				i = len(ds)
			}
		default:
		}
	}
	close(next)
	connections.Wait()
	slices.Sort(took)
	b.ReportMetric(float64(len(took))/time.Since(began).Seconds(), "deliveries/s")
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "median-us")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
	b.ReportMetric(float64(took[len(took)-1].Microseconds()), "longest-us")
	b.ReportMetric(recorded.Seconds(), "recorded-s")
	b.ReportMetric(weighed.Seconds(), "weighed-s")
}

// muchComesBack gives when all was recorded, and when all was weighed.
func muchComesBack(b *testing.B, s *File, began time.Time) (recorded, weighed time.Duration) {
	var doors sync.WaitGroup
	for door := range 20 {
		doors.Go(func() {
			for i := range 500 {
				reader := int64(100_000 - door*500 - i)
				r := cameBack(fmt.Sprintf("%d/%d", door, i), reader, 1, "no such user")
				r.Class, r.Cause, r.Status = subscribers.ClassRemove, subscribers.UserUnknown, "5.1.1"
				r.Raw = r.Raw[:4000]
				if _, err := s.List().Record(b.Context(), []subscribers.Report{r}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { doors.Wait(); recorded = time.Since(began); close(done) }()
	for {
		some, err := s.List().Unweighed(b.Context(), 0, 50)
		if err != nil {
			b.Error(err)
			return recorded, weighed
		}
		if len(some) == 0 {
			select {
			case <-done:
				return recorded, time.Since(began)
			case <-time.After(time.Millisecond):
				continue
			}
		}
		at := time.Now()
		if _, err := s.List().Weigh(b.Context(), some, subscribers.DefaultRules, evening); err != nil {
			b.Error(err)
		}
		// As the worker does.
		<-time.After(min(time.Since(at), 200*time.Millisecond))
	}
}
