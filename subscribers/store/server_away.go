package store

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Where the server is away for a moment, what is in hand waits for it: an outcome that is not
// written is a message in doubt.
const (
	away      = time.Minute
	betweenIt = 100 * time.Millisecond
)

// hurried is the key of a context's value: until when it waits for a server that is away.
type hurried struct{}

// InHurry gives a context in which nobody waits longer than until then for a server that is
// away. For others' transactions one waits as ever.
func InHurry(ctx context.Context, until time.Time) context.Context {
	return context.WithValue(ctx, hurried{}, until)
}

// patienceOf gives how long one waits for a server that is away, from now on.
func patienceOf(ctx context.Context) time.Duration {
	if until, is := ctx.Value(hurried{}).(time.Time); is {
		return min(time.Until(until), away)
	}
	return away
}

// lastTry is how long one may take that begins when there is no patience left.
const lastTry = time.Second

// EndsIn says that this process is about to end: after so long nobody waits any more for a
// server that is away. On a file it changes nothing.
func (s *File) EndsIn(t time.Duration) {
	if s.server != nil {
		time.AfterFunc(t, s.server.end)
	}
}

// within gives a context that ends with ctx, after t, or when this process is to end. The
// function releases it.
func (sv *server) within(ctx context.Context, t time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithTimeout(ctx, t)
	stop := context.AfterFunc(sv.ending, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// acquire gives a connection that answers, or answered a second ago.
func (sv *server) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	if err := sv.isOutdated(); err != nil {
		return nil, err
	}
	ctx, release := sv.within(ctx, max(patienceOf(ctx), lastTry))
	defer release()
	return sv.pool.Acquire(ctx)
}

// patiently does something that may be done twice until the server has heard it, patience is
// over, this process is to end, or nobody waits any more.
func (sv *server) patiently(ctx context.Context, do func() error) error {
	for until := time.Now().Add(patienceOf(ctx)); ; {
		err := do()
		if err == nil || !unheard(err) || ctx.Err() != nil || sv.ending.Err() != nil || !time.Now().Before(until) {
			return err
		}
		select {
		case <-time.After(betweenIt):
		case <-ctx.Done():
		case <-sv.ending.Done():
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
		case "57P01", "57P02", "57P03", "53300", // it ends, it crashed, it begins; too many connections
			readOnly: // it was the primary; the connection is closed by that
			return true
		}
		return false
	}
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, broken := errors.AsType[net.Error](err)
	return connecting || broken || pgconn.SafeToRetry(err) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed)
}
