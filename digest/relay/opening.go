package relay

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// refusal is a reply that says that the opening can't go on.
type refusal struct{ reply }

func (r *refusal) Error() string { return fmt.Sprintf("%d %s", r.code, r.text) }

// objection is why we do not go on, although the relay would, and which option of
// ours to look at. The relay hears a goodbye unless it is deaf to us.
type objection struct {
	text, option string
	deaf         bool
}

func (o objection) Error() string { return o.text }

// converse leads a connection from the greeting up to the end of AUTH. The replies
// are read as those to MAIL are: a last line may be a bare code (RFC 5321 4.2.1).
// go-mail's reader waits for ever for another line then, so all that is go-mail's
// here are the mechanisms of AUTH.
func (c *conn) converse(ctx context.Context, r *Relay, login *login) error {
	if err := c.deadline(c.limits.Greeting); err != nil {
		return err
	}
	if r.security() == Implicit {
		if err := c.encrypt(ctx, r.tlsConfig()); err != nil {
			return err
		}
	}
	if err := c.greeted(ctx, r); err != nil {
		return err
	}
	if err := c.deadline(c.limits.Greeting); err != nil {
		return err
	}
	if err := c.hello(r.hello(c.line.LocalAddr())); err != nil {
		return err
	}
	if r.security() == Required {
		if err := c.startTLS(ctx, r); err != nil {
			return err
		}
	}
	if r.Username == "" {
		return nil
	}
	return c.authenticate(r.Host, login)
}

// say sends a command and gives its reply, which must have one of these codes.
// Any other is a *refusal. It takes no longer than the deadline that is set.
func (c *conn) say(command string, codes ...int) (reply, error) {
	if _, err := c.out.WriteString(command + "\r\n"); err != nil {
		return reply{}, err
	}
	if err := c.out.Flush(); err != nil {
		return reply{}, err
	}
	return c.expect(codes...)
}

// expect reads a reply. Until mail can be sent, a long line of talk harms nobody.
func (c *conn) expect(codes ...int) (reply, error) {
	r, err := readReplyOf(c.in, maxReply)
	if err == nil && !slices.Contains(codes, r.code) {
		err = &refusal{r}
	}
	return r, err
}

// hello says who we are and keeps what the relay offers. One that does not know
// EHLO is greeted as of old, and offers nothing (RFC 5321 3.2).
func (c *conn) hello(name string) error {
	r, err := c.say("EHLO "+name, 250)
	c.offers = offersOf(r)
	var refused *refusal
	if !errors.As(err, &refused) || refused.code/100 != 5 {
		return err
	}
	c.offers = nil
	if _, err := c.say("HELO "+name, 250); err != nil {
		return refused
	}
	return nil
}

// startTLS protects the connection (RFC 3207). What was offered before counts for
// nothing: anybody on the way may have said it.
func (c *conn) startTLS(ctx context.Context, r *Relay) error {
	if !c.offers.has("STARTTLS") {
		return objection{fmt.Sprintf("the relay offers no STARTTLS on port %d", r.Port), "tls", false}
	}
	if _, err := c.say("STARTTLS", 220); err != nil {
		return err
	}
	if c.in.Buffered() > 0 {
		return errors.New("the relay sent something between STARTTLS and TLS")
	}
	if err := c.encrypt(ctx, r.tlsConfig()); err != nil {
		return err
	}
	return c.hello(r.hello(c.line.LocalAddr()))
}

// encrypt shakes hands, and speaks through TLS from then on.
func (c *conn) encrypt(ctx context.Context, config *tls.Config) error {
	protected := tls.Client(c.wire, config)
	if err := protected.HandshakeContext(ctx); err != nil {
		return err
	}
	c.speakOver(protected)
	return nil
}

// speakOver lets all that follows go over this connection.
func (c *conn) speakOver(line net.Conn) {
	c.line, c.in, c.out = line, bufio.NewReader(line), bufio.NewWriter(line)
}

func (c *conn) encrypted() bool {
	_, ok := c.line.(*tls.Conn)
	return ok
}

// authenticate logs in to the relay of this name (RFC 4954).
func (c *conn) authenticate(host string, login *login) error {
	mechanism, answer, err := login.Start(&smtp.ServerInfo{
		Name: host, TLS: c.encrypted(), Auth: strings.Fields(c.offers["AUTH"]),
	})
	if err != nil {
		return objection{err.Error(), "auth", false}
	}
	command := "AUTH " + mechanism
	if answer != nil {
		command += " " + base64.StdEncoding.EncodeToString(answer)
	}
	for {
		r, err := c.say(command, 235, 334)
		if err != nil || r.code == 235 {
			return err
		}
		challenge, err := base64.StdEncoding.DecodeString(r.text)
		if err == nil {
			answer, err = login.Next(challenge, true)
		}
		if err != nil {
			// We break the exchange off. The reply to that says nothing new.
			_, _ = c.say("*", 501)
			return objection{err.Error(), "auth", false}
		}
		command = base64.StdEncoding.EncodeToString(answer)
	}
}
