package relay_test

import (
	"testing"
	"time"

	"vesper/digest/relay"
)

// BenchmarkPipelining sends over one connection to a server whose replies take
// 5 ms on the way, with PIPELINING and without, and gives the messages a second
// of each and how many times as many the first are.
func BenchmarkPipelining(b *testing.B) {
	const way = 5 * time.Millisecond
	rate := func(offers ...string) float64 {
		server := (&scripted{offers: offers, delay: way}).start(b)
		s := &stream{envelopes: envelopes(b.N)}
		began := time.Now()
		if end := plainTo(server).Work(b.Context(), s); end.Class != "" || len(server.taken()) != b.N {
			b.Fatalf("%d of %d messages taken, ended with %+v", len(server.taken()), b.N, end)
		}
		return float64(b.N) / time.Since(began).Seconds()
	}
	single := rate()
	together := rate("PIPELINING")
	b.ReportMetric(single, "single-msg/s")
	b.ReportMetric(together, "pipelined-msg/s")
	b.ReportMetric(together/single, "ratio")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkShare sends over a share of a pool, as editions do: each message has an
// end to its time.
func BenchmarkShare(b *testing.B) {
	server := (&scripted{offers: []string{"PIPELINING"}}).start(b)
	p := &relay.Pool{Relays: []*relay.Relay{plainTo(server)}}
	p.Relays[0].Connections = 8
	s := timed(b.N, 14*time.Minute, time.Now)
	b.ResetTimer()
	if end := p.Edition(1).Work(b.Context(), s); end.Class != "" {
		b.Fatalf("ended with %+v", end)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

// BenchmarkSink sends over one connection as fast as it goes.
func BenchmarkSink(b *testing.B) {
	for name, offers := range map[string][]string{"single": nil, "pipelined": {"PIPELINING"}} {
		b.Run(name, func(b *testing.B) {
			server := (&scripted{offers: offers}).start(b)
			s := &stream{envelopes: envelopes(b.N)}
			b.ResetTimer()
			if end := plainTo(server).Work(b.Context(), s); end.Class != "" {
				b.Fatalf("ended with %+v", end)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
		})
	}
}
