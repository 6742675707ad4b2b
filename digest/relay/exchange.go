package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"vesper/digest"
)

// aside is how long to wait for the rest of a reply that nobody asked for, parting
// how long for a relay to close after its goodbye, and hearingOut how long an opening
// may go on that is not wanted any more, so that it can be ended with QUIT.
const (
	aside      = time.Second
	parting    = 500 * time.Millisecond
	hearingOut = 2 * time.Second
)

// ask sends a command and gives the zero Outcome if its reply means go on.
func (c *conn) ask(ctx context.Context, p phase, command string) digest.Outcome {
	c.sofar.at = p
	asked := c.now()
	r, err := c.exchange(c.limit(p), command)
	if err != nil {
		return c.broken(ctx, p, err)
	}
	if class := c.class(p, r, asked); class != "" {
		return r.outcome(class)
	}
	return digest.Outcome{}
}

// exchange sends a command and reads its reply within the limit. A 421 that was
// there before is the reply.
func (c *conn) exchange(limit time.Duration, command string) (reply, error) {
	if r, err := c.quiet(); err != nil || r.code == 421 {
		return r, err
	}
	if err := c.write(limit, command+"\r\n"); err != nil {
		return reply{}, err
	}
	return c.read(limit)
}

// quiet sees to it that the next reply is one to what is sent next: it gives the
// 421 of a relay that closes on its own, and an error if the relay said anything
// else.
func (c *conn) quiet() (reply, error) {
	r, err := c.unasked()
	if err != nil || r.code == 0 || r.code == 421 {
		return r, err
	}
	return reply{}, fmt.Errorf("the relay sent a reply that nobody asked for: %d %s", r.code, r.text)
}

// unasked gives a reply that is here without having been asked for; its code is
// 0 if there is none. That the relay has hung up is an error.
func (c *conn) unasked() (reply, error) {
	buffered := c.in.Buffered() > 0
	if !buffered && !c.wire.pending() {
		return reply{}, nil
	}
	if err := c.wire.SetDeadline(time.Now().Add(aside)); err != nil {
		return reply{}, err
	}
	if !buffered {
		// Below TLS, what has come need not be anything said.
		if _, err := c.in.Peek(1); errors.Is(err, os.ErrDeadlineExceeded) {
			return reply{}, nil
		}
	}
	return readReply(c.in)
}

// quit says goodbye and closes. Nothing depends on the answer. Until the relay
// has closed it still counts this connection, and might refuse one in its place.
func (c *conn) quit() {
	r, err := c.exchange(c.limits.Quit, "QUIT")
	if err != nil {
		return
	}
	// One that has closed for our errors just now is left earlier next time.
	c.class(phaseReset, r, c.now())
	if err := c.wire.SetDeadline(time.Now().Add(min(parting, c.limits.Quit))); err == nil {
		_, _ = io.Copy(io.Discard, c.in)
	}
	_ = c.line.Close()
}

func (c *conn) write(limit time.Duration, s string) error {
	if err := c.deadline(limit); err != nil {
		return err
	}
	if _, err := c.out.WriteString(s); err != nil {
		return err
	}
	return c.out.Flush()
}

// read reads the next reply within the limit. One that has come with the reply before it
// needs none.
func (c *conn) read(limit time.Duration) (reply, error) {
	if !c.hasReply() {
		if err := c.await(limit); err != nil {
			return reply{}, err
		}
	}
	return readReply(c.in)
}

// hasReply says whether a whole reply, of one line, has been read from the connection.
func (c *conn) hasReply() bool {
	// What is buffered can be looked at.
	b, _ := c.in.Peek(c.in.Buffered())
	i := bytes.IndexByte(b, '\n')
	return i >= 0 && (i < 3 || b[3] != '-')
}

func (c *conn) limit(p phase) time.Duration {
	switch p {
	case phaseRcpt:
		return c.limits.Rcpt
	case phaseData:
		return c.limits.Data
	}
	return c.limits.Mail
}
