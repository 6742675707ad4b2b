package relay_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"vesper/digest"
)

func TestFewerThanOneDialInAHundredIsRefusedOnceSettled(t *testing.T) {
	const limit, workers = 4, 10
	server, c := (&scripted{limit: limit}).start(t), &clock{}
	p := poolOf(c, server)
	p.Relays[0].Connections = workers
	rounds := func(n int) (dials, turned int) {
		before, _ := server.count()
		server.mu.Lock()
		already := server.turned
		server.mu.Unlock()
		var all sync.WaitGroup
		for range workers {
			all.Go(func() {
				for range n {
					s := &stream{envelopes: envelopes(3), before: func() { c.pass(100 * time.Millisecond) }}
					if end := p.Edition(1).Work(t.Context(), s); end.Class != "" {
						t.Errorf("ended with %+v", end)
					}
				}
			})
		}
		all.Wait()
		after, _ := server.count()
		server.mu.Lock()
		defer server.mu.Unlock()
		return after - before, server.turned - already
	}
	dials, turned := rounds(10)
	t.Logf("at first %d of %d connections were refused", turned, dials)
	if turned == 0 {
		t.Error("the relay refused none, so this shows nothing")
	}
	dials, turned = rounds(120)
	t.Logf("once settled, %d of %d", turned, dials)
	if turned*100 >= dials {
		t.Errorf("%d of %d connections were refused", turned, dials)
	}
}

func TestConnectionsShrinkAtA421AndGrowAgain(t *testing.T) {
	c := &clock{}
	server := (&scripted{answer: onlyFor("RCPT", "unlucky@", "421 4.7.0 too many connections")}).start(t)
	p := poolOf(c, server)
	// Two are for editions. Of the two that are let in again, the first is kept
	// free for letters.
	p.Relays[0].Connections = 3
	// held has the one connection that goes on.
	held := &stream{envelopes: envelopes(110)}
	holding, more := make(chan struct{}), make(chan struct{})
	let := make(chan struct{})
	asked := 0
	held.before = func() {
		c.pass(time.Second)
		switch asked++; asked {
		case 1:
			close(holding)
			<-more
		case 105: // by now another is let in
			<-let
		}
	}
	var all sync.WaitGroup
	all.Go(func() { p.Edition(1).Work(t.Context(), held) })
	<-holding
	unlucky := &stream{envelopes: envelopes(1)}
	unlucky.envelopes[0].To = "unlucky@reader.example"
	if end := p.Edition(1).Work(t.Context(), unlucky); end.Class != digest.Session || end.Code != 421 {
		t.Errorf("ended with %+v, want session, 421", end)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	end := p.Edition(1).Work(stopped, &stream{envelopes: envelopes(1)})
	if dials, _ := server.count(); dials != 2 || end.Reply != "stopped while waiting for a connection" {
		t.Errorf("%d connections, want 2: a third is one too many after the 421; it ended with %+v", dials, end)
	}
	all.Go(func() {
		s, once := &stream{envelopes: envelopes(1)}, sync.Once{}
		s.before = func() { once.Do(func() { close(let) }) }
		p.Edition(1).Work(t.Context(), s)
	})
	close(more)
	all.Wait()
	if got := len(server.taken()); got != 111 {
		t.Errorf("%d messages, want 111", got)
	}
}
