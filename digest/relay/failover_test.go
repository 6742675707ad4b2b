package relay_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vesper/digest"
)

// queue is what several streams take from, and put back what was not the
// reader's doing.
type queue struct {
	mu    sync.Mutex
	rest  []digest.Envelope
	owed  int
	clock *clock
}

// share is one connection's stream over a queue.
type share struct{ *queue }

func (q share) Next(context.Context) (digest.Envelope, bool) {
	q.clock.pass(time.Second)
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.rest) == 0 {
		return digest.Envelope{}, false
	}
	e := q.rest[0]
	q.rest = q.rest[1:]
	return e, true
}

func (share) Ahead(context.Context) (digest.Envelope, bool) { return digest.Envelope{}, false }

func (q share) Done() <-chan struct{} { return nil }

func (q share) Intended(context.Context, digest.Envelope) error { return nil }

func (q share) Settle(_ context.Context, e digest.Envelope, o digest.Outcome) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if o.Class == digest.Accepted {
		q.owed--
	} else {
		q.rest = append(q.rest, e)
	}
}

func (q *queue) over() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.owed == 0
}

func TestFailoverLosesNobodyAndRepeatsNobody(t *testing.T) {
	const readers, workers = 300, 6
	// faults fails every so often, in every phase before the dot.
	faults := func(limit int, every map[string]int64, text map[string]string) *scripted {
		var n atomic.Int64
		return (&scripted{limit: limit, offers: []string{"PIPELINING"}, answer: func(phase, _ string) string {
			if often := every[phase]; often > 0 && n.Add(1)%often == 0 {
				return text[phase]
			}
			return ""
		}}).start(t)
	}
	first := faults(0, map[string]int64{"greeting": 2, "MAIL": 7, "RCPT": 11, "DATA": 13, "body": 5},
		map[string]string{"greeting": fin, "MAIL": rst, "RCPT": "421 4.3.2 closing", "DATA": fin, "body": rst})
	second := faults(3, map[string]int64{"MAIL": 29, "RCPT": 31},
		map[string]string{"MAIL": "451 4.3.0 slowly", "RCPT": "450 4.2.0 later"})
	c := &clock{}
	p, q := poolOf(c, first, second), &queue{rest: envelopes(readers), owed: readers, clock: c}
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for !q.over() {
				if end := p.Edition(1).Work(t.Context(), share{q}); end.Class == digest.Account {
					t.Errorf("ended with %+v", end)
					return
				}
			}
		})
	}
	all.Wait()
	taken := map[string]int{}
	for _, m := range append(first.taken(), second.taken()...) {
		taken[m.to]++
	}
	for _, e := range envelopes(readers) {
		if taken[e.To] != 1 {
			t.Errorf("%s got %d messages, want 1", e.To, taken[e.To])
		}
	}
	got := counts(first, second)
	t.Logf("connections and messages: %v", got)
	if got[0][1] == 0 || got[1][1] == 0 {
		t.Error("one of the relays took nothing, so this shows nothing")
	}
}
