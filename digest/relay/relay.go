// Package relay takes envelopes to the next SMTP server and says of each what
// became of it.
//
// It opens connections, speaks MAIL, RCPT and DATA over them, keeps to the
// rate, and reads what each reply means: a 2xx after the final dot, and nothing
// else, is an acceptance. A [Pool] goes on with the next relay where one is down,
// has no more connections to a relay than it takes, and shares them out between
// letters and editions. A connection on which many recipients were refused is left
// before the relay closes it. Of one that ended before the dot an outcome tells the
// facts. A reply to a command before the dot is waited for as long as the standard says,
// but for 30 s where the relay answers for others meanwhile. Ledger and retries are not
// known here: whose turn it is and what follows from an outcome is the caller's
// business.
package relay

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"vesper/digest"
)

// The ways to protect a connection.
const (
	// Required upgrades with STARTTLS (RFC 3207) or does not send at all.
	Required = "required"
	// Implicit speaks TLS from the first octet (RFC 8314).
	Implicit = "implicit"
	// None speaks plain text, and only to this machine.
	None = "none"
)

// The ways to send the commands of a message where the relay offers PIPELINING (RFC 2920).
const (
	// Off sends them one by one.
	Off = "off"
	// InMessage sends MAIL, RCPT and DATA of a message together.
	InMessage = "message"
	// Overlap sends those of the next message together with the final dot of the one
	// before, once the relay has shown that it bears that.
	Overlap = "overlap"
)

// Relay is an SMTP server that takes our mail, and how to speak to it. It may
// be used from many goroutines; its fields are not to be changed after the
// first use.
type Relay struct {
	Host string
	Port int
	// TLS is Required, Implicit or None; empty means Required.
	TLS string
	// Username and Password are for AUTH (RFC 4954); without a user name there
	// is none. For XOAUTH2 the password is the token.
	Username, Password string
	// Auth names the AUTH mechanism, in any case of letters; empty means the
	// strongest that the relay offers.
	Auth string
	// Connections is how many a [Pool] has open to this relay at most; 0 means
	// as many as are asked for.
	Connections int
	// Rate is how many messages a second all connections send together; 0 means
	// as many as they can.
	Rate float64
	// Pipelining is Off, InMessage or Overlap; empty means InMessage.
	Pipelining string
	// Hello is the name for EHLO; empty means the machine's full name, if it has one,
	// and else the address that the connection comes from.
	Hello string
	// RootCAs are trusted to sign the relay's certificate; nil means the
	// system's.
	RootCAs *x509.CertPool
	// Timeouts are how long to wait; zero fields take the defaults.
	Timeouts Timeouts
	// Log takes a line for each connection; nil means none.
	Log *slog.Logger
	// Where says where an option stands in the configuration, by its name as a
	// [Flaw] has it, or "return_path"; nil gives the name alone.
	Where func(option string) string
	// Now is the clock of the rate, of certificates and of an envelope's Until. It
	// must be the clock that Until was set by. Nil means the machine's.
	Now func() time.Time

	once   sync.Once
	pacer  *pacer
	habits habits
	// overlaps is what is known of how it bears overlapped messages.
	overlaps overlaps
	// lines counts the connections.
	lines      atomic.Int64
	errorLimit errorLimit
	// latest is what it offered at the latest connection.
	latest atomic.Pointer[offers]
	// voice is when the relay answered for readers.
	voice voice
}

// Check opens a connection as far as a message could be sent, and leaves
// politely. The error says what stood in the way.
func (r *Relay) Check(ctx context.Context) error {
	c, fault := r.open(ctx, ctx)
	if out := fault.outcome; out.Class != "" {
		return fmt.Errorf("relay %s: %s", r.address(), out.Reason())
	}
	c.quit()
	c.cut()
	return nil
}

// Work sends what s hands it over one connection at a time, which is open
// before the first envelope is asked for. It returns the zero Outcome when s has
// no more, and Session, Pace or Account, with the reason as the reply, when the
// connection can't go on. Every envelope taken has been settled by then. Where the
// relay ends a connection after some messages, or an idle one, Work goes on over the
// next.
//
// The rate is waited for before an envelope is asked for, so that nothing is
// begun that has to wait. When s is done meanwhile, nothing more is begun.
//
// The end of ctx is a hard stop: what has not reached its final dot is settled
// as Session, and what waits for the reply to it as InDoubt. To stop softly, let
// s.Next give false.
func (r *Relay) Work(ctx context.Context, s digest.Stream) digest.Outcome {
	for {
		opening, opened := whileWanted(ctx, s)
		c, fault := r.open(ctx, opening)
		unwanted := opening.Err() != nil && ctx.Err() == nil
		opened()
		switch {
		case fault.outcome.Class != "" && unwanted:
			return digest.Outcome{}
		case fault.outcome.Class != "":
			return fault.outcome
		}
		if end := c.work(ctx, ctx, s); !end.again {
			return end.outcome
		}
	}
}

// whileWanted gives a context that ends with ctx, or when s has nothing more to
// begin: a connection that is not open by then is not wanted.
func whileWanted(ctx context.Context, s digest.Stream) (context.Context, context.CancelFunc) {
	wanted, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-s.Done():
			cancel()
		case <-wanted.Done():
		}
	}()
	return wanted, cancel
}

// pacing gives the pacer that all connections share.
func (r *Relay) pacing() *pacer {
	r.once.Do(func() { r.pacer = newPacer(r.Rate, r.now) })
	return r.pacer
}

func (r *Relay) security() string { return cmp.Or(r.TLS, Required) }

// pipelines says whether commands may be sent together at all.
func (r *Relay) pipelines() bool { return r.Pipelining != Off }

func (r *Relay) address() string { return net.JoinHostPort(r.Host, fmt.Sprint(r.Port)) }

func (r *Relay) log() *slog.Logger {
	if r.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return r.Log
}

func (r *Relay) now() time.Time {
	if r.Now == nil {
		return time.Now()
	}
	return r.Now()
}
