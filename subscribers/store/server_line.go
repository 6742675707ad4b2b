package store

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// line is where intents and outcomes of messages stand in front of a server. What comes
// together goes there together, as one transaction in one message, in the order in which it
// came: what comes later is never durable earlier.
type line struct {
	mu     sync.Mutex
	all    []*hot
	closed bool
	more   chan struct{}
	ended  chan struct{}
}

// hot is one statement about one row.
type hot struct {
	ctx   context.Context
	query string
	args  []any
	// slowly does what the statement can't alone, where it changed no row, or from the
	// beginning where there is none. Tried says that an earlier try may have been made durable
	// although that was not heard of.
	slowly func(tried bool) error
	// done hears how it ended.
	done  func(err error)
	tried bool
}

func (l *line) begin(sv *server) {
	l.more, l.ended = make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(l.ended)
		for all, open := l.take(); open; all, open = l.take() {
			for len(all) > 0 {
				all = all[sv.some(all):]
			}
		}
	}()
}

// end lets what has come finish.
func (l *line) end() {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.more)
	}
	l.mu.Unlock()
	<-l.ended
}

func (l *line) put(h *hot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		go h.done(errClosed)
		return
	}
	l.all = append(l.all, h)
	select {
	case l.more <- struct{}{}:
	default:
	}
}

// take waits for what comes.
func (l *line) take() (all []*hot, open bool) {
	for range l.more {
		if all := l.taken(); len(all) > 0 {
			return all, true
		}
	}
	all = l.taken()
	return all, len(all) > 0
}

func (l *line) taken() []*hot {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.all
	l.all = nil
	return all
}

// Where the server is away for a moment, what is in hand waits for it: an outcome that is not
// written is a message in doubt.
const (
	away      = time.Minute
	betweenIt = 100 * time.Millisecond
)

// some does the first of these, all that need one statement or one that needs more, and gives
// how many it did.
func (sv *server) some(all []*hot) int {
	n := 0
	for n < len(all) && n < together && all[n].query != "" {
		n++
	}
	if n == 0 {
		all[0].done(sv.alone(all[0]))
		return 1
	}
	changed := make([]int64, n)
	err := sv.patiently(func() error { return sv.together(all[:n], changed) }, all[:n])
	for i, h := range all[:n] {
		switch {
		case err != nil:
			// Whose fault is it? Each is tried alone.
			h.tried = true
			h.done(sv.alone(h))
		case changed[i] == 0:
			h.done(sv.alone(h))
		default:
			h.done(nil)
		}
	}
	return n
}

// alone does what needs more than a statement.
func (sv *server) alone(h *hot) error {
	return sv.patiently(func() error { return h.slowly(h.tried) }, []*hot{h})
}

// together sends statements as one transaction.
func (sv *server) together(all []*hot, changed []int64) error {
	var b pgx.Batch
	for _, h := range all {
		b.Queue(h.query, asTexts(h.args)...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), away)
	defer cancel()
	results := sv.pool.SendBatch(ctx, &b)
	for i := range all {
		tag, err := results.Exec()
		if err != nil {
			return errors.Join(err, results.Close())
		}
		changed[i] = tag.RowsAffected()
	}
	if err := results.Close(); err != nil {
		return err
	}
	sv.committed(false, len(all))
	return nil
}

// patiently does something until the server has heard it, or a minute is over. Of what was
// tried before it may have been made durable.
func (sv *server) patiently(do func() error, all []*hot) error {
	return patiently(context.Background(), func() error {
		err := do()
		for _, h := range all {
			h.tried = h.tried || unheard(err)
		}
		return err
	})
}

// patiently does something that may be done twice until the server has heard it, a minute is
// over or nobody waits any more.
func patiently(ctx context.Context, do func() error) error {
	for began := time.Now(); ; time.Sleep(betweenIt) {
		err := do()
		if err == nil || !unheard(err) || ctx.Err() != nil || time.Since(began) > away {
			return err
		}
	}
}

// unheard says whether an error is of the way to the server, or of one that begins or ends,
// and not of what was asked of it.
func unheard(err error) bool {
	if err == nil {
		return false
	}
	if failed, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch failed.Code {
		case "57P01", "57P02", "57P03", "53300": // it ends, it crashed, it begins; too many connections
			return true
		}
		return false
	}
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, broken := errors.AsType[net.Error](err)
	return connecting || broken || pgconn.SafeToRetry(err) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed)
}
