package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// doorway is where readers come in, or operators: a listener, and the server behind it. It
// stays open while the service begins anew with another configuration. Who comes in that
// moment waits, and nobody is turned away.
type doorway struct {
	// log is where the server's own errors go, by the latest configuration.
	log atomic.Pointer[slog.Logger]

	mu     sync.Mutex
	change *sync.Cond
	// now answers who comes; nil: they wait.
	now    *reception
	closed bool
	// at is where listener listens; counter, where there is one, lets in no more than so
	// many. failed hears of a server that ends by itself, down ends it, and ended is closed
	// then.
	at       string
	listener net.Listener
	counter  *counter
	failed   chan error
	down     context.CancelFunc
	ended    chan struct{}
	// tried is a listener at the address tryAt, to which the service may move.
	tryAt string
	tried net.Listener
}

// doorways are those of the service.
type doorways struct{ readers, operators *doorway }

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
	if address == d.at && d.listener != nil || address == d.tryAt && d.tried != nil {
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

// open listens at an address, and lets in as many as counted says; nil: everybody. Where it
// listens already, only that changes.
func (d *doorway) open(address string, counted func(net.Listener) *counter, log *slog.Logger) (net.Addr, error) {
	if err := d.try(address); err != nil {
		return nil, err
	}
	d.log.Store(log)
	if address == d.at && d.listener != nil {
		if d.counter != nil {
			d.counter.becomes(counted(nil))
		}
		return d.listener.Addr(), nil
	}
	d.endServer()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at, d.listener, d.tryAt, d.tried = address, d.tried, "", nil
	if counted != nil {
		d.counter = counted(d.listener)
		d.listener = d.counter
	}
	var up context.Context
	up, d.down = context.WithCancel(context.Background())
	d.ended = make(chan struct{})
	go func(l net.Listener, ended chan struct{}) {
		defer close(ended)
		if err := serveHTTP(up, l, d, slog.New(latest{&d.log})); err != nil {
			d.failed <- err
		}
	}(d.listener, d.ended)
	return d.listener.Addr(), nil
}

// latest logs to the latest logger that there is.
type latest struct{ log *atomic.Pointer[slog.Logger] }

// Enabled implements slog.Handler.
func (l latest) Enabled(ctx context.Context, level slog.Level) bool {
	return l.log.Load().Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (l latest) Handle(ctx context.Context, r slog.Record) error {
	return l.log.Load().Handler().Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (l latest) WithAttrs(attrs []slog.Attr) slog.Handler {
	return l.log.Load().Handler().WithAttrs(attrs)
}

// WithGroup implements slog.Handler.
func (l latest) WithGroup(name string) slog.Handler { return l.log.Load().Handler().WithGroup(name) }

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

// shut ends the server until the doorway is opened again. Who waits is turned away.
func (d *doorway) shut() {
	d.answers(&reception{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "not served any more", http.StatusServiceUnavailable)
	})})
	d.endServer()
	d.answers(nil)
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
	if d.listener == nil {
		return
	}
	d.down()
	<-d.ended
	d.mu.Lock()
	d.listener, d.counter, d.at = nil, nil, ""
	d.mu.Unlock()
}
