package relay_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
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
	c := &crew{t: t, pool: p, connected: map[string]int{}, over: map[string]chan struct{}{}}
	c.changed = make(chan struct{}, 1)
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

func (idler) Ahead(context.Context) (digest.Envelope, bool) { return digest.Envelope{}, false }

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
