package relay

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"
)

// ErrCertificate says that the relay's certificate, or its TLS, is why nothing can be sent.
var ErrCertificate = errors.New("it can't be spoken to over TLS")

// Certificate opens a connection as far as a message could be sent, and gives when the
// relay's certificate ends: the zero time where it has none, on this machine. The error is
// [ErrCertificate], with the reason, if it has ended or is another's.
func (r *Relay) Certificate(ctx context.Context) (time.Time, error) {
	c, fault := r.open(ctx, ctx)
	if out := fault.outcome; out.Class != "" {
		if fault.tls {
			return time.Time{}, fmt.Errorf("%w: %s", ErrCertificate, unlooked(out))
		}
		return time.Time{}, fmt.Errorf("relay %s: %s", r.address(), out.Reason())
	}
	defer c.cut()
	c.quit()
	protected, ok := c.line.(*tls.Conn)
	if !ok {
		return time.Time{}, nil
	}
	return protected.ConnectionState().PeerCertificates[0].NotAfter, nil
}
