package relay_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/digest/relay"
)

// crew works over shares of a pool. A worker that has a connection asks for an
// envelope and is given none until it is told to give way, or the test lets the
// crew's streams end: so who has a connection is plain to see.
type crew struct {
	t    *testing.T
	pool *relay.Pool
	all  sync.WaitGroup

	mu sync.Mutex
	// connected counts the workers of each ledger that have a connection.
	connected map[string]int
	changed   chan struct{}
	over      map[string]chan struct{}
}

func newCrew(t *testing.T, p *relay.Pool) *crew {
	c := &crew{t: t, pool: p, connected: map[string]int{}, changed: make(chan struct{}, 1), over: map[string]chan struct{}{}}
	t.Cleanup(func() {
		for name := range c.over {
			c.leave(name)
		}
		c.all.Wait()
	})
	return c
}

// idler is one worker's stream.
type idler struct {
	*crew
	name string
	done chan struct{}
}

func (c *crew) count(name string, n int) {
	c.mu.Lock()
	c.connected[name] += n
	c.mu.Unlock()
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

func (i idler) Next(ctx context.Context) (digest.Envelope, bool) {
	i.count(i.name, 1)
	defer i.count(i.name, -1)
	select {
	case <-ctx.Done():
	case <-i.done:
	}
	return digest.Envelope{}, false
}

func (i idler) Done() <-chan struct{} { return i.done }

func (i idler) Intended(context.Context, digest.Envelope) error { return nil }

func (i idler) Settle(context.Context, digest.Envelope, digest.Outcome) {}

// come lets so many workers of a ledger, "letters" or an edition's number, ask for
// connections.
func (c *crew) come(name string, workers int) {
	share := c.pool.Letters()
	var number uint32
	if _, err := fmt.Sscan(name, &number); err == nil {
		share = c.pool.Edition(number)
	}
	done := make(chan struct{})
	c.over[name] = done
	for range workers {
		c.all.Go(func() {
			if end := share.Work(context.Background(), idler{c, name, done}); end.Class != "" {
				c.t.Errorf("%s ended with %+v", name, end)
			}
		})
	}
}

// leave ends the streams of a ledger.
func (c *crew) leave(name string) {
	close(c.over[name])
	delete(c.over, name)
}

// expect waits until the connections are divided like this: "letters 1, 2 4".
func (c *crew) expect(want string) {
	c.t.Helper()
	wanted := map[string]int{}
	for part := range strings.SplitSeq(want, ", ") {
		var name string
		var n int
		if _, err := fmt.Sscan(part, &name, &n); err != nil {
			c.t.Fatal(err)
		}
		wanted[name] = n
	}
	late := time.After(20 * time.Second)
	for {
		c.mu.Lock()
		got := map[string]int{}
		for name, n := range c.connected {
			if n > 0 {
				got[name] = n
			}
		}
		c.mu.Unlock()
		diff := cmp.Diff(wanted, got)
		if diff == "" {
			return
		}
		select {
		case <-c.changed:
		case <-late:
			c.t.Fatalf("connections: %s", diff)
		}
	}
}

func sharedPool(t *testing.T, connections int) (*relay.Pool, *scripted) {
	server := (&scripted{}).start(t)
	p := poolOf(&clock{}, server)
	p.Relays[0].Connections = connections
	return p, server
}

func TestEditionsWorkSideBySide(t *testing.T) {
	p, _ := sharedPool(t, 8)
	c := newCrew(t, p)
	c.come("1", 8)
	c.expect("1 7")
	c.come("2", 8)
	c.expect("1 3, 2 4")
	c.come("3", 8)
	c.expect("1 2, 2 2, 3 3")
	c.leave("2")
	c.expect("1 3, 3 4")
	c.leave("3")
	c.expect("1 7")
}

func TestConnectionsThatOneEditionLeavesIdleGoToTheNewest(t *testing.T) {
	p, _ := sharedPool(t, 10)
	c := newCrew(t, p)
	c.come("3", 1)
	c.expect("3 1")
	c.come("1", 10)
	c.expect("1 8, 3 1")
	// The equal part of each is 3. The newest leaves 2 idle: they go to the one
	// that is the newest of the others, whichever came first.
	c.come("2", 10)
	c.expect("1 3, 2 5, 3 1")
	c.leave("3")
	c.expect("1 4, 2 5")
}

func TestAnOlderEditionHasItsPartOfWhatANewerOneHas(t *testing.T) {
	p, _ := sharedPool(t, 8)
	c := newCrew(t, p)
	c.come("7", 8)
	c.expect("7 7")
	c.come("4", 2)
	c.expect("7 5, 4 2")
}

func TestLettersHaveAConnectionThatEditionsCannotTake(t *testing.T) {
	for _, connections := range []int{2, 8} {
		p, server := sharedPool(t, connections)
		c := newCrew(t, p)
		c.come("1", 10)
		c.expect(fmt.Sprintf("1 %d", connections-1))
		before, _ := server.count()
		c.come("letters", 1)
		c.expect(fmt.Sprintf("1 %d, letters 1", connections-1))
		if after, _ := server.count(); after != before+1 {
			t.Errorf("of %d: %d connections were made for the letter", connections, after-before)
		}
	}
}

func TestTheOnlyConnectionIsGivenUpForALetterAndComesBack(t *testing.T) {
	p, _ := sharedPool(t, 1)
	c := newCrew(t, p)
	c.come("1", 3)
	c.expect("1 1")
	c.come("letters", 1)
	c.expect("letters 1")
	c.leave("letters")
	c.expect("1 1")
	c.come("2", 3)
	c.expect("2 1") // the newest comes first
	c.come("letters", 1)
	c.expect("letters 1")
	c.leave("2")
	c.leave("letters")
	c.expect("1 1")
}

func TestADialIsGivenUpForALetterToo(t *testing.T) {
	var dials atomic.Int64
	dialled := make(chan struct{})
	server := (&scripted{answer: func(phase, _ string) string {
		if phase == "greeting" && dials.Add(1) == 1 {
			close(dialled)
			return stall
		}
		return ""
	}}).start(t)
	p := poolOf(&clock{}, server)
	p.Relays[0].Connections = 1
	c := newCrew(t, p)
	c.come("1", 1)
	<-dialled
	c.come("letters", 1)
	c.expect("letters 1")
	c.leave("letters")
	c.expect("1 1")
}

func TestTheRateIsNotWaitedForWhereAConnectionIsWantedElsewhere(t *testing.T) {
	var greetings atomic.Int64
	opened := make(chan struct{})
	server := (&scripted{said: func(phase string) {
		if phase == "greeting" && greetings.Add(1) == 2 {
			close(opened)
		}
	}}).start(t)
	p := poolOf(&clock{}, server)
	p.Relays[0].Connections, p.Relays[0].Rate, p.Relays[0].Now = 1, 0.001, time.Now
	waiting := &stream{envelopes: envelopes(2), done: make(chan struct{})}
	settled := make(chan struct{})
	waiting.settling = func() { close(settled) }
	var all sync.WaitGroup
	all.Go(func() { p.Edition(1).Work(t.Context(), waiting) })
	<-settled
	// The edition waits a quarter of an hour for its second message now.
	letter := &stream{envelopes: envelopes(1), done: make(chan struct{})}
	all.Go(func() { p.Letters().Work(t.Context(), letter) })
	<-opened
	close(letter.done)
	close(waiting.done)
	all.Wait()
	if waiting.next != 1 || letter.next != 0 {
		t.Errorf("%d and %d envelopes were taken, want 1 and 0", waiting.next, letter.next)
	}
}

func TestALetterHasItsTurnOnARelayThatTakesFewerConnections(t *testing.T) {
	p := poolOf(&clock{}, (&scripted{limit: 2}).start(t))
	p.Relays[0].Connections = 8
	c := newCrew(t, p)
	c.come("1", 8)
	c.expect("1 1")
	c.come("letters", 1)
	c.expect("1 1, letters 1")
	c.come("2", 8)
	c.expect("2 1, letters 1")
}

func TestSharesMoveToTheNextRelayAndBack(t *testing.T) {
	first, second, at := ail(t, "greeting", "554 5.3.2 no service"), (&scripted{}).start(t), &clock{}
	p := poolOf(at, first.scripted, second)
	p.Relays[0].Connections, p.Relays[1].Connections = 2, 4
	c := newCrew(t, p)
	c.come("1", 5)
	c.come("letters", 1)
	c.expect("1 3, letters 1")
	c.come("2", 5)
	c.expect("1 1, 2 2, letters 1")
	for _, name := range []string{"1", "2", "letters"} {
		c.leave(name)
	}
	c.all.Wait()
	first.ill.Store(false)
	at.pass(time.Minute)
	before, _ := second.count()
	c.come("letters", 1) // finds out that the first is back
	c.expect("letters 1")
	c.come("1", 5)
	c.expect("1 1, letters 1")
	c.come("2", 5)
	c.expect("2 1, letters 1")
	if after, _ := second.count(); after != before {
		t.Errorf("%d connections to the second, though the first is back", after-before)
	}
}

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
			server := (&scripted{offers: []string{"PIPELINING"}, limit: connections + 1, answer: func(phase, _ string) string {
				often := map[string]int64{"greeting": 9, "MAIL": 31, "RCPT": 23, "body": 37}[phase]
				if often == 0 || n.Add(1)%often != 0 {
					return ""
				}
				return []string{fin, rst, "421 4.3.2 closing", "451 4.3.0 slowly"}[n.Load()%4]
			}}).start(t)
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
