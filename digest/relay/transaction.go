package relay

import (
	"context"
	"fmt"
	"net/textproto"
	"time"

	"vesper/digest"
)

// chunk is how many octets of a message are written at once: what the relay
// must take within the time-out for the body.
const chunk = 16 << 10

// work sends what s has over this connection and closes it. The outcome is
// Local if an intent could not be recorded, which the relay has no part in.
func (c *conn) work(ctx context.Context, s digest.Stream) digest.Outcome {
	defer c.cut()
	for {
		e, ok := s.Next(ctx)
		if !ok {
			c.quit()
			return digest.Outcome{}
		}
		out, then := c.send(ctx, s, e)
		// What the relay said is true whether or not we are being stopped.
		s.Settle(context.WithoutCancel(ctx), e, out)
		switch then {
		case reset:
			if out := c.ask(ctx, phaseReset, "RSET"); out.Class != "" {
				return out
			}
		case leave:
			c.quit()
			return out
		case cut:
			if out.Class == digest.InDoubt {
				out.Class = digest.Session
			}
			return out
		}
	}
}

// send takes one envelope through a transaction.
func (c *conn) send(ctx context.Context, s digest.Stream, e digest.Envelope) (digest.Outcome, next) {
	data, err := wireForm(e)
	if err != nil {
		return digest.Outcome{Class: digest.Local, Reply: err.Error()}, goOn
	}
	parameters, ok := c.parameters(e)
	if !ok {
		return digest.Outcome{
			Class: digest.Permanent, Enhanced: "5.6.7",
			Reply: "the address needs SMTPUTF8, which the relay does not offer",
		}, goOn
	}
	if err := c.pace(ctx); err != nil {
		return broken(ctx, phaseMail, err), cut
	}
	for _, step := range []struct {
		phase   phase
		command string
	}{
		{phaseMail, "MAIL FROM:<" + e.From + ">" + parameters},
		{phaseRcpt, "RCPT TO:<" + e.To + ">"},
		{phaseData, "DATA"},
	} {
		if out := c.ask(ctx, step.phase, step.command); out.Class != "" {
			return out, after(out.Class)
		}
	}
	if err := c.body(data); err != nil {
		return broken(ctx, phaseBody, err), cut
	}
	// Where ctx has ended, dot says so and sends nothing.
	if err := s.Intended(ctx, e); err != nil && ctx.Err() == nil {
		return digest.Outcome{Class: digest.Local, Reply: oneLine(fmt.Sprintf("intent: %v", err))}, cut
	}
	return c.dot(ctx)
}

// parameters gives those of MAIL, and false if the relay cannot take e.
func (c *conn) parameters(e digest.Envelope) (string, bool) {
	if ascii(e.From) && ascii(e.To) {
		return "", true
	}
	if ok, _ := c.client.Extension("SMTPUTF8"); !ok {
		return "", false
	}
	// The address stands in the header too, as 8-bit text (RFC 6531 3.4).
	if ok, _ := c.client.Extension("8BITMIME"); ok {
		return " SMTPUTF8 BODY=8BITMIME", true
	}
	return " SMTPUTF8", true
}

// ask sends a command and gives the zero Outcome if its reply means go on.
func (c *conn) ask(ctx context.Context, p phase, command string) digest.Outcome {
	r, err := c.exchange(c.limit(p), command)
	if err != nil {
		return broken(ctx, p, err)
	}
	if class := classify(p, r.code); class != "" {
		return r.outcome(class)
	}
	return digest.Outcome{}
}

// body writes a message but for its final dot.
func (c *conn) body(data []byte) error {
	for len(data) > 0 {
		if err := c.wire.SetDeadline(time.Now().Add(c.wait.Body)); err != nil {
			return err
		}
		n := min(chunk, len(data))
		if _, err := c.text().W.Write(data[:n]); err != nil {
			return err
		}
		data = data[n:]
	}
	return c.text().W.Flush()
}

// dot ends the message and reads what became of it.
func (c *conn) dot(ctx context.Context) (digest.Outcome, next) {
	if err := ctx.Err(); err != nil {
		return broken(ctx, phaseBody, err), cut
	}
	// A reply that came before the dot must not be taken for the one after it.
	if r, err := c.unasked(); err != nil || r.code != 0 {
		if err != nil {
			return broken(ctx, phaseBody, err), cut
		}
		return r.outcome(digest.Session), cut
	}
	// The dot is a write of its own: if it fails, its last octets were not
	// handed over, and no dot has arrived.
	if err := c.write(c.wait.Dot, ".\r\n"); err != nil {
		return broken(ctx, phaseBody, err), cut
	}
	// From here to the reply the relay may have taken the message.
	r, err := readReply(c.text().R)
	if err != nil {
		return broken(ctx, phaseDot, err), cut
	}
	switch class := classify(phaseDot, r.code); class {
	case digest.Accepted, digest.Transient, digest.Refused:
		return r.outcome(class), goOn
	default:
		return r.outcome(class), after(class)
	}
}

// quit says goodbye and closes. Nothing depends on the answer.
func (c *conn) quit() {
	if _, err := c.exchange(c.wait.Quit, "QUIT"); err == nil {
		_ = c.client.Close()
	}
}

// exchange sends a command and reads its reply within the limit.
func (c *conn) exchange(limit time.Duration, command string) (reply, error) {
	if r, err := c.unasked(); err != nil || r.code == 421 {
		return r, err
	} else if r.code != 0 {
		return reply{}, fmt.Errorf("the relay spoke out of turn: %d %s", r.code, r.text)
	}
	if err := c.write(limit, command+"\r\n"); err != nil {
		return reply{}, err
	}
	return readReply(c.text().R)
}

// unasked gives a reply that lies here without having been asked for, such as
// the 421 of a relay that closes on its own; its code is 0 if there is none.
func (c *conn) unasked() (reply, error) {
	if c.text().R.Buffered() == 0 {
		return reply{}, nil
	}
	if err := c.wire.SetDeadline(time.Now().Add(c.wait.Quit)); err != nil {
		return reply{}, err
	}
	return readReply(c.text().R)
}

func (c *conn) write(limit time.Duration, s string) error {
	if err := c.wire.SetDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	if _, err := c.text().W.WriteString(s); err != nil {
		return err
	}
	return c.text().W.Flush()
}

func (c *conn) text() *textproto.Conn { return c.client.Text }

func (c *conn) limit(p phase) time.Duration {
	switch p {
	case phaseRcpt:
		return c.wait.Rcpt
	case phaseData:
		return c.wait.Data
	}
	return c.wait.Mail
}
