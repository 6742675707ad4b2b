package relay

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"vesper/digest"
)

// conn is an open connection, greeted, protected and authenticated.
type conn struct {
	wait   Timeouts
	pace   func(context.Context) error
	wire   *wire
	client *smtp.Client
	// stop ends the watch over the context.
	stop func() bool
}

// wire is the TCP connection itself, below any TLS. go-mail neither closes it
// after an error nor bounds what it reads, so both are done here.
type wire struct {
	net.Conn
	// left is how many octets may still be read; negative means any number.
	left int
}

// opening bounds what a relay may say up to the end of AUTH.
const opening = 512 << 10

var errFlood = errors.New("the relay says too much")

func (w *wire) Read(b []byte) (int, error) {
	if w.left < 0 {
		return w.Conn.Read(b)
	}
	if w.left == 0 {
		return 0, errFlood
	}
	n, err := w.Conn.Read(b[:min(len(b), w.left)])
	w.left -= n
	return n, err
}

// cut breaks the connection off. What the kernel still has to send is thrown
// away, so that a relay never takes half a message for a whole one.
func (w *wire) cut() {
	if tcp, ok := w.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = w.Close()
}

// open connects, and gives a connection or the outcome that says why not.
func (r *Relay) open(ctx context.Context) (*conn, digest.Outcome) {
	if err := r.Validate(); err != nil {
		return nil, digest.Outcome{Class: digest.Account, Reply: err.Error()}
	}
	c := &conn{wait: r.timeouts(), pace: r.pace}
	login := &login{username: r.Username, password: r.Password}
	client, err := r.settings(login, func(dialing context.Context, _, _ string) (net.Conn, error) {
		conn, err := r.dial(dialing, c)
		if err == nil {
			// go-mail minds a context only while it dials.
			c.stop = context.AfterFunc(ctx, c.wire.cut)
		}
		return conn, err
	})
	if err != nil {
		return nil, digest.Outcome{Class: digest.Account, Reply: oneLine(err.Error())}
	}
	c.client, err = client.DialToSMTPClientWithContext(ctx)
	if err == nil && r.security() == Required && !encrypted(c.client) {
		err = errors.New("the connection is not encrypted")
	}
	if err != nil {
		c.cut()
		return nil, unopened(ctx, login, err)
	}
	c.wire.left = -1
	// Waiting for work is not waiting for the relay.
	_ = c.wire.SetDeadline(time.Time{})
	r.log().DebugContext(ctx, "relay connected", "relay", r.address(), "encrypted", encrypted(c.client))
	return c, digest.Outcome{}
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
	return &tls.Config{ServerName: r.Host, RootCAs: r.RootCAs, MinVersion: tls.VersionTLS12}
}

// dial connects c's wire and, where TLS is implicit, shakes hands.
func (r *Relay) dial(ctx context.Context, c *conn) (net.Conn, error) {
	tcp, err := (&net.Dialer{Timeout: c.wait.Dial}).DialContext(ctx, "tcp", r.address())
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
func unopened(ctx context.Context, login *login, err error) digest.Outcome {
	p := phaseOpening
	if login.begun {
		p = phaseAuth
	}
	// The text of the error quotes the reply's; the reply itself is wanted.
	var said *textproto.Error
	if errors.As(err, &said) && ctx.Err() == nil {
		r := reply{code: said.Code, text: said.Msg}
		if class := classify(p, r.code); class != "" {
			return r.outcome(class)
		}
		return r.outcome(digest.Session)
	}
	return broken(ctx, p, err)
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
