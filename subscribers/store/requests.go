package store

import (
	"context"
	"sync"
	"sync/atomic"
)

// request is one caller's write.
type request struct {
	ctx context.Context
	do  func(ctx context.Context, c conn) error
	// alone asks for a transaction of its own, which do may fill with any number
	// of statements: all of them hold or none. Otherwise one statement of do
	// changes something, and it undoes itself when it fails.
	alone bool
	// intends says that a connection begins a message with it, and waits for it before
	// the dot.
	intends bool
	// goesOn says that it ends a message, and that its connection is about to begin the
	// next one.
	goesOn bool
	result chan error
	// decided is held by the first of the caller, who walks away, and the writer, who
	// takes it.
	decided atomic.Bool
}

func newRequest(ctx context.Context, do func(ctx context.Context, c conn) error) *request {
	return &request{ctx: ctx, do: do, result: make(chan error, 1)}
}

// wait gives the result. While the request waits for its turn, the end of ctx ends that
// too. Once it was taken the result is waited for: a write that holds must not be
// reported as one that doesn't.
func (r *request) wait() error {
	select {
	case err := <-r.result:
		return err
	case <-r.ctx.Done():
		if r.decided.CompareAndSwap(false, true) {
			return r.ctx.Err()
		}
		return <-r.result
	}
}

// requests is the line in front of the writer. What is put into it later is never
// durable earlier.
type requests struct {
	mu     sync.Mutex
	line   []*request
	closed bool
	// more has a value when something was put since the writer last looked.
	more chan struct{}
}

// put gives a request its place.
func (q *requests) put(r *request) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return errClosed
	}
	q.line = append(q.line, r)
	q.wake()
	return nil
}

// none says whether nobody is in the line.
func (q *requests) none() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.line) == 0
}

// wake has the writer look.
func (q *requests) wake() {
	select {
	case q.more <- struct{}{}:
	default:
	}
}

// take gives the first request that somebody still waits for, nil if there is none.
// Where shared is set, one that wants a transaction of its own stays in its place, and
// blocked says so.
func (q *requests) take(shared bool) (r *request, blocked bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.line) > 0 {
		r := q.line[0]
		if shared && r.alone {
			return nil, true
		}
		q.line[0] = nil
		q.line = q.line[1:]
		if r.decided.CompareAndSwap(false, true) {
			return r, false
		}
	}
	q.line = nil
	return nil, false
}

// close refuses what waits, and what comes.
func (q *requests) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, r := range q.line {
		if r.decided.CompareAndSwap(false, true) {
			r.result <- errClosed
		}
	}
	q.line = nil
}
