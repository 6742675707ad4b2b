package mailbox

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// SinkMark is the EHLO keyword by which a [Sink] is known: no mail server says it. Behind
// it stands how long the sink takes to accept a message. As a command it asks for the
// counts: the fields of [Counts], in their order, the last one in nanoseconds and since
// that was asked last.
const SinkMark = "XVESPERSINK"

// Sink takes all mail and keeps none: it only counts. It does as little as it can for
// a message, so that it does not hold up a sender whose speed is measured. Any
// number of goroutines may use it. Its fields must not be changed while it serves.
type Sink struct {
	// RTT is how long a round trip takes: half of it each way, for each connection by
	// itself. It is a delay and no limit: what is sent meanwhile is on the way too.
	RTT time.Duration
	// Accept is how long after its last octet a message is accepted.
	Accept time.Duration
	// TLS makes it offer STARTTLS; nil: it does not.
	TLS *tls.Config
	// Log says what goes wrong; nil means nothing is logged.
	Log *slog.Logger

	messages, octets, connections, stalls, longest atomic.Int64
}

// Stall is how long a sender lets a [Sink] wait until that is counted as a stall.
const Stall = 20 * time.Millisecond

// Counts is what a [Sink] has counted.
type Counts struct {
	// Messages are those taken, Octets their size as it was on the wire, without the
	// last dot.
	Messages, Octets int64
	// Connections are those that were opened.
	Connections int64
	// Stalls counts how often a sender let the sink wait longer than [Stall] and the
	// round trip: within a mail transaction, or from one to the next of a connection.
	// Longest is the longest of these waits, without the round trip.
	Stalls  int64
	Longest time.Duration
}

// Counts gives what was counted since the sink was made.
func (s *Sink) Counts() Counts {
	return Counts{
		Messages: s.messages.Load(), Octets: s.octets.Load(), Connections: s.connections.Load(),
		Stalls: s.stalls.Load(), Longest: time.Duration(s.longest.Load()),
	}
}

// Serve takes mail from l until ctx ends. Then it closes l and all connections, and
// returns nil. A listener that is not on loopback is refused.
func (s *Sink) Serve(ctx context.Context, l net.Listener) error {
	if at, ok := l.Addr().(*net.TCPAddr); !ok || !at.IP.IsLoopback() {
		_ = l.Close()
		return fmt.Errorf("sink: %s is not on loopback", l.Addr())
	}
	var open sync.WaitGroup
	defer open.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	for {
		c, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				_ = c.Close()
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("sink: %w", err)
		}
		s.connections.Add(1)
		open.Go(func() {
			defer context.AfterFunc(ctx, func() { _ = c.Close() })()
			if err := s.serve(c); err != nil && ctx.Err() == nil && s.Log != nil {
				s.Log.Debug("a connection to the sink ended early", "err", err)
			}
		})
	}
}

// serve works through one connection.
func (s *Sink) serve(c net.Conn) error {
	if s.RTT > 0 {
		c = delayed(c, s.RTT/2)
		// The handshake of TCP takes a round trip, and so does the way to the greeting. On
		// this machine the first is over at once.
		pauseUntil(time.Now().Add(s.RTT + s.RTT/2))
	}
	defer c.Close()
	d := &sinking{sink: s, conn: c, in: make([]byte, 64<<10)}
	return d.run()
}
