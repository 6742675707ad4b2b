package relay

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"syscall"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"vesper/digest"
)

// conn is an open connection, greeted, protected and authenticated.
type conn struct {
	limits Timeouts
	now    func() time.Time
	pacer  *pacer
	// letters says that the connection carries letters: they go before editions
	// where both wait for the rate.
	letters bool
	wire    *wire
	client  *smtp.Client
	// stop ends the watch over the context.
	stop func() bool
	// bounds are those of the transaction under way, if it has any.
	bounds bounds
}

// fault is why there is no connection.
type fault struct {
	outcome digest.Outcome
	// full says that the relay answers, but would not have one more: while it
	// has others of ours, these may be too many.
	full bool
}

// open connects, and gives a connection or the fault that says why not. It is
// given up when opening ends, which ends with ctx; the connection lives till ctx
// does.
func (r *Relay) open(ctx, opening context.Context) (*conn, fault) {
	if err := r.Validate(); err != nil {
		return nil, fault{outcome: digest.Outcome{Class: digest.Account, Reply: err.Error()}}
	}
	c := &conn{limits: r.timeouts(), now: r.now, pacer: r.pacing()}
	opened := func() bool { return true }
	login := &login{username: r.Username, password: r.Password, only: r.Auth}
	client, err := r.settings(login, func(dialing context.Context, _, _ string) (net.Conn, error) {
		conn, err := r.dial(dialing, c)
		if err == nil {
			// go-mail minds a context only while it dials.
			c.stop = context.AfterFunc(ctx, c.wire.cut)
			opened = context.AfterFunc(opening, c.wire.cut)
		}
		return conn, err
	})
	if err != nil {
		return nil, fault{outcome: digest.Outcome{Class: digest.Account, Reply: oneLine(err.Error())}}
	}
	c.client, err = client.DialToSMTPClientWithContext(opening)
	if err == nil && r.security() == Required && !encrypted(c.client) {
		err = errors.New("the connection is not encrypted")
	}
	if !opened() && err == nil {
		err = opening.Err()
	}
	if err != nil {
		c.cut()
		return nil, r.unopened(opening, login, err)
	}
	c.wire.left = -1
	// Waiting for work is not waiting for the relay.
	_ = c.wire.SetDeadline(time.Time{})
	r.log().DebugContext(ctx, "relay connected", "relay", r.address(), "encrypted", encrypted(c.client))
	return c, fault{}
}

// settings gives a client of go-mail's for one connection.
func (r *Relay) settings(login *login, dial mail.DialContextFunc) (*mail.Client, error) {
	options := []mail.Option{
		mail.WithTimeout(r.timeouts().Greeting),
		mail.WithHELO(r.hello()),
		mail.WithDialContextFunc(dial),
		mail.WithTLSConfig(r.tlsConfig()),
	}
	switch r.security() {
	case Required:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case Implicit:
		options = append(options, mail.WithSSL())
	case None:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	}
	if r.Username != "" {
		options = append(options, mail.WithSMTPAuthCustom(login))
	}
	return mail.NewClient(r.Host, options...)
}

func (r *Relay) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: r.Host, RootCAs: r.RootCAs, MinVersion: tls.VersionTLS12, Time: r.now}
}

// dial connects c's wire and, where TLS is implicit, shakes hands.
func (r *Relay) dial(ctx context.Context, c *conn) (net.Conn, error) {
	tcp, err := (&net.Dialer{Timeout: c.limits.Dial}).DialContext(ctx, "tcp", r.address())
	if err != nil {
		return nil, err
	}
	c.wire = &wire{Conn: tcp, left: opening}
	if to, ok := tcp.RemoteAddr().(*net.TCPAddr); r.security() == None && (!ok || !to.IP.IsLoopback()) {
		return nil, fmt.Errorf("%s is not this machine, and the connection would be plain text", r.Host)
	}
	if r.security() != Implicit {
		return c.wire, nil
	}
	conn := tls.Client(c.wire, r.tlsConfig())
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return conn, nil
}

// unopened says why there is no connection.
func (r *Relay) unopened(ctx context.Context, login *login, err error) fault {
	p := phaseOpening
	if login.begun {
		p = phaseAuth
	}
	// The text of the error quotes the reply's; the reply itself is wanted.
	var said *textproto.Error
	if errors.As(err, &said) && ctx.Err() == nil {
		answer := reply{code: said.Code, text: said.Msg}
		class := cmp.Or(classify(p, answer.code), digest.Session)
		return fault{outcome: answer.outcome(class), full: p == phaseOpening || answer.code == 421}
	}
	if text := r.tlsFault(err); text != "" && ctx.Err() == nil {
		return fault{outcome: digest.Outcome{Class: digest.Session, Reply: oneLine(text)}}
	}
	hungUp := errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF)
	return fault{outcome: broken(ctx, p, err), full: p == phaseOpening && hungUp}
}

func encrypted(c *smtp.Client) bool {
	_, ok := c.TLSConnectionState()
	return ok
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
