package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"mime"
	"net/mail"
	"strings"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// testMessage gives the check that sends one message to an address, once somebody has
// said yes.
func (p *patient) testMessage(ctx context.Context, f doctorFlags) (check, error) {
	to, err := subscribers.ParseAddress(f.mail)
	if err != nil {
		return check{}, usage(fmt.Errorf("--mail: %w", err), "such as desk@news.example")
	}
	c := check{name: "test message", network: true, config: true, house: true}
	c.look = func(ctx context.Context, p *patient) []digest.Finding { return p.mailTest(ctx, to.Mailbox()) }
	if p.why(c) != "" {
		return c, nil
	}
	if err := p.mayLeave(p.house, f.dryRun); err != nil {
		return check{}, err
	}
	if f.dryRun {
		c.look = func(context.Context, *patient) []digest.Finding {
			return []digest.Finding{{Name: c.name, Result: digest.Unseen, Message: "dry run: it was not sent"}}
		}
		return c, nil
	}
	return c, p.mayMail(ctx, f.consent, fmt.Sprintf("Mail a test message to %s?", count(1, "recipient")))
}

// mailTest sends one message by the first relay that takes it. It stands in no ledger.
func (p *patient) mailTest(ctx context.Context, to string) []digest.Finding {
	const name = "test message"
	var f findings
	text, err := p.testText(to)
	if err != nil {
		f.failed(name, err, "")
		return f.all
	}
	for _, r := range p.relays() {
		s := &single{done: make(chan struct{})}
		s.envelope = digest.Envelope{From: p.nobodysPath(), To: to, Data: text, Alone: true}
		end := r.Work(ctx, s)
		out := s.outcome
		if out.Class == "" {
			out = end
		}
		if out.Class == digest.Accepted {
			f.say(name, digest.OK, "look for it, also in Junk, and there at Authentication-Results: spf, dkim and dmarc pass",
				"%s has taken it: %s", r.Name(), out.Reason())
			return f.all
		}
		where := "look at " + out.Look
		if out.Look == "" {
			where = "ask who runs the relay"
		}
		out.Look = ""
		f.say(name, digest.Fail, where, "%s: %s", r.Name(), out.Reason())
	}
	return f.all
}

// testText writes the message, signed as editions are.
func (p *patient) testText(to string) ([]byte, error) {
	from, err := mail.ParseAddress(p.config.Publication.From)
	if err != nil {
		return nil, err
	}
	now := p.now()
	_, host, _ := strings.Cut(from.Address, "@")
	lines := []string{
		"From: " + from.String(), "To: <" + to + ">",
		"Subject: " + mime.QEncoding.Encode("utf-8", "Test message of "+p.config.Publication.Name),
		"Date: " + now.Format(time.RFC1123Z), "Message-ID: <test." + strings.ToLower(rand.Text()) + "@" + host + ">",
		"MIME-Version: 1.0", "Content-Type: text/plain; charset=us-ascii", "Auto-Submitted: auto-generated", "",
		`"vesper doctor --mail" has sent this, to see whether mail arrives.`, "",
	}
	text := []byte(strings.Join(lines, "\r\n"))
	signer := p.house.publisher.Signer
	if signer == nil {
		return text, nil
	}
	field, err := signer.Sign(text, now)
	return append(field, text...), err
}

// single is a stream of one envelope.
type single struct {
	envelope digest.Envelope
	given    bool
	outcome  digest.Outcome
	done     chan struct{}
}

// Next implements digest.Stream.
func (s *single) Next(context.Context) (digest.Envelope, bool) {
	if s.given {
		return digest.Envelope{}, false
	}
	s.given = true
	return s.envelope, true
}

// Ahead implements digest.Stream: nothing follows.
func (s *single) Ahead(context.Context) (digest.Envelope, bool) { return digest.Envelope{}, false }

// Done implements digest.Stream.
func (s *single) Done() <-chan struct{} { return s.done }

// Intended implements digest.Stream. Nobody repeats a test message.
func (s *single) Intended(ctx context.Context, _ digest.Envelope) error {
	if err := ctx.Err(); err != nil {
		return errors.New("it takes too long")
	}
	return nil
}

// Settle implements digest.Stream.
func (s *single) Settle(_ context.Context, _ digest.Envelope, o digest.Outcome) { s.outcome = o }
