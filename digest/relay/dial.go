package relay

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"vesper/digest"
)

// conn is an open connection, greeted, protected and authenticated.
type conn struct {
	relay  *Relay
	limits Timeouts
	now    func() time.Time
	pacer  *pacer
	// letters says that the connection carries letters: they go before editions
	// where both wait for the rate.
	letters bool
	// wanted ends when another waits for this connection's place.
	wanted context.Context
	wire   *wire
	// line is what is spoken over, the wire or TLS over it; in and out are its two
	// ways.
	line net.Conn
	in   *bufio.Reader
	out  *bufio.Writer
	// offers are the relay's, of its last reply to EHLO.
	offers offers
	// stop ends the watch over the context.
	stop func() bool
	// name is the relay's, and number the connection's among those to it.
	name   string
	number int64
	// errors are those on this connection.
	errors errorsSoFar
	// bounds are those of the transaction under way, if it has any.
	bounds bounds
	// sofar is what has become of the session.
	sofar session
	// follower is the envelope behind the one under way, nil for none.
	follower *follower
	// commands, changed and ends are used again for each message: for its commands, for
	// its octets where they go over the wire in another form, and for its dot with what
	// follows that.
	commands, changed, ends []byte
	// pieces are those of a message on its way, and unsent what is left of them.
	pieces [][]byte
	unsent net.Buffers
}

// fault is why there is no connection.
type fault struct {
	outcome digest.Outcome
	// full says that the relay answers, but would not have one more: while it
	// has others of ours, these may be too many.
	full bool
	// tls says that its certificate, or how it speaks TLS, is at fault.
	tls bool
}

// open connects, and gives a connection or the fault that says why not. It is
// given up when opening ends, which ends with ctx; the connection lives till ctx
// does. A relay that is being spoken to by then is told QUIT, if it can be soon.
func (r *Relay) open(ctx, opening context.Context) (*conn, fault) {
	if err := r.Validate(); err != nil {
		return nil, fault{outcome: digest.Outcome{Class: digest.Account, Reply: err.Error()}}
	}
	c := &conn{relay: r, name: r.address(), limits: r.timeouts(), now: r.now, pacer: r.pacing()}
	login := &login{username: r.Username, password: r.Password, only: r.Auth}
	speaking, cancel := context.WithCancel(ctx)
	defer cancel()
	wanted := context.AfterFunc(opening, func() { time.AfterFunc(hearingOut, cancel) })
	err := r.dial(speaking, c)
	if err == nil {
		c.stop = context.AfterFunc(ctx, c.wire.cut)
		defer context.AfterFunc(speaking, c.wire.cut)()
		err = c.converse(speaking, r, login)
	}
	if !wanted() && err == nil {
		err = errUnwanted
	}
	if err != nil {
		c.partFrom(err)
		return nil, r.unopened(opening, login, err)
	}
	c.wire.left = -1
	c.number = r.lines.Add(1)
	r.latest.Store(&c.offers)
	c.sofar = session{trial: r.habits.begin(c.now()), heard: c.now()}
	// Waiting for work is not waiting for the relay.
	_ = c.wire.SetDeadline(time.Time{})
	r.log().DebugContext(ctx, "relay connected", "relay", r.address(), "encrypted", c.encrypted())
	return c, fault{}
}

// errUnwanted says that a connection is open, but that there is nothing to begin.
var errUnwanted = objection{text: "the connection is not wanted any more"}

func (r *Relay) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: r.Host, RootCAs: r.RootCAs, MinVersion: tls.VersionTLS12, Time: r.now}
}

// dial connects c's wire.
func (r *Relay) dial(ctx context.Context, c *conn) error {
	tcp, err := (&net.Dialer{Timeout: c.limits.Dial}).DialContext(ctx, "tcp", r.address())
	if err != nil {
		return err
	}
	c.wire = &wire{Conn: tcp, left: opening}
	c.speakOver(c.wire)
	if to, ok := tcp.RemoteAddr().(*net.TCPAddr); r.security() == None && (!ok || !to.IP.IsLoopback()) {
		return fmt.Errorf("%s is not this machine, and the connection would be plain text", r.Host)
	}
	return nil
}

// partFrom ends a connection that was not opened, politely where the relay still
// listens.
func (c *conn) partFrom(why error) {
	var refused *refusal
	var ours objection
	if errors.As(why, &ours) && !ours.deaf || errors.As(why, &refused) && refused.code != 421 {
		c.quit()
	}
	c.cut()
}

// unopened says why there is no connection.
func (r *Relay) unopened(ctx context.Context, login *login, err error) fault {
	p := phaseOpening
	if login.begun {
		p = phaseAuth
	}
	var said *refusal
	if errors.As(err, &said) && ctx.Err() == nil {
		out := r.accused(said.outcome(cmp.Or(classify(p, said.code), digest.Session)), p)
		return fault{outcome: out, full: p == phaseOpening || said.code == 421}
	}
	if text, option := r.tlsFault(err); text != "" && ctx.Err() == nil {
		out := digest.Outcome{Class: digest.Session, Reply: oneLine(text), Look: r.lookAt(option)}
		return fault{outcome: out, tls: true}
	}
	hungUp := errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF)
	out := broken(ctx, p, err)
	if ctx.Err() == nil {
		out.Look = r.lookAt(optionOf(err))
		out.Reply = cmp.Or(unnamed(err), out.Reply)
	}
	return fault{outcome: out, full: p == phaseOpening && hungUp}
}

// unnamed says that a relay's name has no address, "" if that is not it. The library's
// words name the server of names, where people look for their relay.
func unnamed(err error) string {
	failed, ok := errors.AsType[*net.DNSError](err)
	switch {
	case !ok:
		return ""
	case failed.IsNotFound:
		return "DNS knows no host " + failed.Name
	}
	return "DNS does not answer for " + failed.Name
}

// optionOf gives the option to look at where a relay can't be reached, or we would
// not go on; "" where it may be none.
func optionOf(err error) string {
	var ours objection
	var unknown *net.DNSError
	switch {
	case errors.As(err, &ours):
		return ours.option
	case errors.As(err, &unknown):
		return "host"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "port"
	}
	return ""
}

// cut breaks the connection off, whatever it was doing.
func (c *conn) cut() {
	if c.stop != nil {
		c.stop()
	}
	if c.wire != nil {
		c.wire.cut()
	}
}
