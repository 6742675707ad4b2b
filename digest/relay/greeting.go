package relay

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// How long a relay may say nothing before it is asked whether it waits for TLS, and
// how long that may take.
const (
	silence = 3 * time.Second
	asking  = 1500 * time.Millisecond
)

// greeted waits for the relay's greeting. A port that speaks TLS from the start
// says nothing, and waits for us to begin, for as long as we wait for it.
func (c *conn) greeted(ctx context.Context, r *Relay) error {
	if r.security() != Implicit && c.limits.Greeting > silence && !r.habits.plain.Load() {
		if err := c.deadline(silence); err != nil {
			return err
		}
		if _, err := c.in.Peek(1); errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() == nil {
			if r.speaksTLS(ctx) {
				text := fmt.Sprintf(`%s speaks TLS on port %d from the start: that is tls = "implicit"`, r.Host, r.Port)
				return objection{text, "tls", true}
			}
			r.habits.plain.Store(true)
		}
	}
	if err := c.deadline(c.limits.Greeting); err != nil {
		return err
	}
	said, err := c.expect(220)
	if err == nil {
		r.errorLimit.greeted(said.text)
	}
	return err
}

// speaksTLS says whether the relay answers TLS over a connection of its own. Nothing
// is said over it, so nobody's certificate is looked at. To begin TLS on the
// connection that waits would break it if the relay is merely slow.
func (r *Relay) speaksTLS(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", r.address())
	if err != nil {
		return false
	}
	defer conn.Close()
	heard := &firstOctet{Conn: conn}
	_ = tls.Client(heard, &tls.Config{ServerName: r.Host, InsecureSkipVerify: true}).HandshakeContext(ctx)
	// A record of the handshake, or an alert (RFC 8446 5.1).
	return heard.octet.Load() == 22 || heard.octet.Load() == 21
}

// firstOctet is a connection that keeps the first octet that was read.
type firstOctet struct {
	net.Conn
	octet atomic.Int32
}

// Read implements net.Conn.
func (f *firstOctet) Read(b []byte) (int, error) {
	n, err := f.Conn.Read(b)
	if n > 0 {
		f.octet.CompareAndSwap(0, int32(b[0]))
	}
	return n, err
}
