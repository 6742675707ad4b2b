package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
)

// doorway is where readers come in: a listener, and the server behind it. It stays open
// while the service begins anew with another configuration. Who comes in that moment
// waits, and nobody is turned away.
type doorway struct {
	mu     sync.Mutex
	change *sync.Cond
	// now answers who comes; nil: they wait.
	now    *reception
	closed bool
	// at is where counter listens. failed hears of a server that ends by itself, down ends
	// it, and ended is closed then.
	at      string
	counter *counter
	failed  chan error
	down    context.CancelFunc
	ended   chan struct{}
	// tried is a listener at the address tryAt, to which the service may move.
	tryAt string
	tried net.Listener
}

// reception answers who comes. Guests are those who are not answered yet.
type reception struct {
	http.Handler
	guests int
}

func newDoorway() *doorway {
	d := &doorway{failed: make(chan error, 1)}
	d.change = sync.NewCond(&d.mu)
	return d
}

// try looks whether the service may move to an address.
func (d *doorway) try(address string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if address == d.at && d.counter != nil || address == d.tryAt && d.tried != nil {
		return nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	if d.tried != nil {
		d.tried.Close()
	}
	d.tryAt, d.tried = address, l
	return nil
}

// open listens at an address, and lets in as many as counted says. Where it listens
// already, only that changes.
func (d *doorway) open(address string, counted func(net.Listener) *counter, log *slog.Logger) (net.Addr, error) {
	if err := d.try(address); err != nil {
		return nil, err
	}
	if address == d.at && d.counter != nil {
		d.counter.becomes(counted(nil))
		return d.counter.Addr(), nil
	}
	d.endServer()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at, d.counter, d.tryAt, d.tried = address, counted(d.tried), "", nil
	var up context.Context
	up, d.down = context.WithCancel(context.Background())
	d.ended = make(chan struct{})
	go func(l *counter, ended chan struct{}) {
		defer close(ended)
		if err := serveHTTP(up, l, d, log); err != nil {
			d.failed <- err
		}
	}(d.counter, d.ended)
	return d.counter.Addr(), nil
}

// receive has a handler answer who comes, until ctx ends. If the service begins anew then,
// it waits for those who are inside, for lastWord at most; else the doorway is closed.
func (d *doorway) receive(ctx context.Context, h http.Handler, anew func() bool) error {
	r := &reception{Handler: h}
	d.answers(r)
	select {
	case err := <-d.failed:
		return err
	case <-ctx.Done():
	}
	if !anew() {
		d.close()
		return nil
	}
	d.answers(nil)
	waiting, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWord)
	defer cancel()
	defer context.AfterFunc(waiting, d.change.Broadcast)()
	d.mu.Lock()
	defer d.mu.Unlock()
	for r.guests > 0 && waiting.Err() == nil {
		d.change.Wait()
	}
	return nil
}

func (d *doorway) answers(r *reception) {
	d.mu.Lock()
	d.now = r
	d.mu.Unlock()
	d.change.Broadcast()
}

// ServeHTTP implements http.Handler.
func (d *doorway) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	defer context.AfterFunc(q.Context(), d.change.Broadcast)()
	d.mu.Lock()
	for d.now == nil && !d.closed && q.Context().Err() == nil {
		d.change.Wait()
	}
	r := d.now
	if r == nil {
		d.mu.Unlock()
		http.Error(w, "try again in a minute", http.StatusServiceUnavailable)
		return
	}
	r.guests++
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		r.guests--
		d.mu.Unlock()
		d.change.Broadcast()
	}()
	r.ServeHTTP(w, q)
}

// close ends the server, once those who are inside are answered.
func (d *doorway) close() {
	d.mu.Lock()
	d.closed = true
	if d.tried != nil {
		d.tried.Close()
		d.tried = nil
	}
	d.mu.Unlock()
	d.change.Broadcast()
	d.endServer()
}

func (d *doorway) endServer() {
	if d.counter == nil {
		return
	}
	d.down()
	<-d.ended
	d.mu.Lock()
	d.counter, d.at = nil, ""
	d.mu.Unlock()
}
