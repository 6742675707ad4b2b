package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"vesper/digest/mailbox"
)

// probe is a look at a sink over a connection of its own.
type probe struct {
	conn net.Conn
	text *textproto.Reader
	// counts says that the sink tells what it has counted.
	counts bool
	// tls is the certificate that the sink shows; nil: it offers no TLS.
	tls *x509.Certificate
	// accept is how long it takes to accept a message.
	accept time.Duration
	// roundTrip is how long one takes, the median of a few.
	roundTrip time.Duration
	// longest is the longest wait of the sink since that was set to 0.
	longest time.Duration
}

// probeTime is how long a sink may take for each look at it.
const probeTime = 30 * time.Second

// lookAt opens a connection to what is to be a sink, and refuses anything else: real mail
// servers don't say what our sinks say.
func lookAt(ctx context.Context, address string) (p *probe, err error) {
	if err := onLoopback(address); err != nil {
		return nil, err
	}
	conn, err := (&net.Dialer{Timeout: probeTime}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			conn.Close()
		}
	}()
	p = &probe{conn: conn, text: textproto.NewReader(bufio.NewReader(conn))}
	if _, err := p.reply(220); err != nil {
		return nil, fmt.Errorf("%s %w (%w)", address, errNoSink, err)
	}
	said, err := p.ask("EHLO bench.localhost", 250)
	words := strings.Fields(strings.ToUpper(said))
	if err != nil || !slices.Contains(words, mailbox.SinkMark) {
		return nil, fmt.Errorf("%s %w", address, errNoSink)
	}
	if _, accept, ok := strings.Cut(said, mailbox.SinkMark+" "); ok {
		p.accept, _ = time.ParseDuration(strings.TrimSpace(accept))
	}
	_, err = p.Counts()
	p.counts = err == nil
	var trips []time.Duration
	for range 5 {
		began := time.Now()
		if _, err := p.ask("NOOP", 250); err != nil {
			return nil, err
		}
		trips = append(trips, time.Since(began))
	}
	slices.Sort(trips)
	p.roundTrip = trips[len(trips)/2]
	if slices.Contains(words, "STARTTLS") {
		return p, p.startTLS()
	}
	return p, nil
}

// startTLS looks which certificate the sink has. It is believed, since it is on this
// machine and gets no secret.
func (p *probe) startTLS() error {
	if _, err := p.ask("STARTTLS", 220); err != nil {
		return err
	}
	secure := tls.Client(p.conn, &tls.Config{InsecureSkipVerify: true})
	if err := secure.Handshake(); err != nil {
		return err
	}
	p.tls = secure.ConnectionState().PeerCertificates[0]
	p.conn, p.text = secure, textproto.NewReader(bufio.NewReader(secure))
	return nil
}

func (p *probe) ask(command string, code int) (string, error) {
	if err := p.conn.SetDeadline(time.Now().Add(probeTime)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(p.conn, command+"\r\n"); err != nil {
		return "", err
	}
	return p.reply(code)
}

func (p *probe) reply(code int) (string, error) {
	if err := p.conn.SetDeadline(time.Now().Add(probeTime)); err != nil {
		return "", err
	}
	_, said, err := p.text.ReadResponse(code)
	return said, err
}

// Counts asks what the sink has counted.
func (p *probe) Counts() (n mailbox.Counts, err error) {
	said, err := p.ask(mailbox.SinkMark, 250)
	if err != nil {
		return n, err
	}
	if _, err := fmt.Sscan(said, &n.Messages, &n.Octets, &n.Connections, &n.Stalls, &n.Longest); err != nil {
		return n, errors.New("the sink does not say what it has counted")
	}
	p.longest = max(p.longest, n.Longest)
	return n, nil
}

func (p *probe) close() {
	_, _ = p.ask("QUIT", 221)
	p.conn.Close()
}
