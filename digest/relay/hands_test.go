package relay_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/relay"
)

// hands counts the envelopes that are in a connection's hand.
type hands struct{ now, most atomic.Int64 }

func (h *hands) take() {
	now := h.now.Add(1)
	for most := h.most.Load(); now > most && !h.most.CompareAndSwap(most, now); most = h.most.Load() {
	}
}

// portion is a stream that takes so many of a queue's envelopes.
type portion struct {
	*queue
	left  *int
	hands []*hands
}

func (p portion) Next(ctx context.Context) (digest.Envelope, bool) {
	if *p.left--; *p.left < 0 || ctx.Err() != nil {
		return digest.Envelope{}, false
	}
	e, ok := share{p.queue}.Next(ctx)
	for _, h := range p.hands {
		if ok {
			h.take()
		}
	}
	return e, ok
}

func (portion) Ahead(context.Context) (digest.Envelope, bool) { return digest.Envelope{}, false }

func (p portion) Done() <-chan struct{} { return nil }

func (p portion) Intended(context.Context, digest.Envelope) error { return nil }

func (p portion) Settle(ctx context.Context, e digest.Envelope, o digest.Outcome) {
	for _, h := range p.hands {
		h.now.Add(-1)
	}
	share{p.queue}.Settle(ctx, e, o)
}

func TestNobodyIsLostAndNobodyStarvesWhateverHappens(t *testing.T) {
	for _, connections := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(connections), func(t *testing.T) {
			t.Parallel()
			var n atomic.Int64
			server := (&scripted{
				offers: []string{"PIPELINING"}, limit: connections + 1,
				answer: func(phase, _ string) string {
					often := map[string]int64{"greeting": 9, "MAIL": 31, "RCPT": 23, "body": 37}[phase]
					if often == 0 || n.Add(1)%often != 0 {
						return ""
					}
					return []string{fin, rst, "421 4.3.2 closing", "451 4.3.0 slowly"}[n.Load()%4]
				},
			}).start(t)
			c := &clock{}
			p := poolOf(c, server)
			p.Relays[0].Connections = connections
			var all sync.WaitGroup
			var everybody, editions hands
			work := func(share *relay.Share, workers, readers, begin int, counted ...*hands) {
				q := &queue{rest: envelopes(begin + readers)[begin:], owed: readers, clock: c}
				for i := range workers {
					all.Go(func() {
						random := rand.New(rand.NewPCG(uint64(begin), uint64(i)))
						for !q.over() {
							ctx, cancel := t.Context(), context.CancelFunc(func() {})
							if random.IntN(3) == 0 {
								// A worker that goes away while it waits, or in the middle.
								ctx, cancel = context.WithTimeout(ctx, time.Duration(random.IntN(20))*time.Millisecond)
							}
							some := 1 + random.IntN(9)
							share.Work(ctx, portion{q, &some, counted})
							cancel()
						}
					})
				}
			}
			work(p.Edition(1), 5, 150, 0, &everybody, &editions)
			work(p.Edition(2), 3, 100, 150, &everybody, &editions)
			work(p.Edition(3), 2, 50, 250, &everybody, &editions)
			work(p.Letters(), 1, 30, 300, &everybody)
			all.Wait()
			taken := map[string]bool{}
			for _, m := range server.taken() {
				taken[m.to] = true
			}
			if len(taken) != 330 {
				t.Errorf("%d readers got a message, want 330", len(taken))
			}
			if most := everybody.most.Load(); most > int64(connections) {
				t.Errorf("%d messages at once over %d connections", most, connections)
			}
			if most := editions.most.Load(); most > int64(max(1, connections-1)) {
				t.Errorf("%d messages of editions at once over %d connections", most, connections)
			}
		})
	}
}
