package main

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"vesper/digest"
)

// lookAtBounces looks at the ways by which what comes back comes in.
func lookAtBounces(ctx context.Context, p *patient) []digest.Finding {
	const name = "bounces"
	var f findings
	for _, w := range p.config.Webhook {
		f.say(name, digest.OK, "", "%s tells by a webhook", w.Provider)
	}
	mailbox := p.config.Bounces.IMAP.Host
	if mailbox != "" {
		f.say(name, digest.OK, "", "the service looks into a mailbox at %s; its log says if it can't", mailbox)
	}
	heard := f.trips(ctx, p)
	if p.config.Bounces.Listen == "" {
		if len(p.config.Webhook) == 0 && mailbox == "" && !heard {
			f.say(name, digest.Warn, "set listen in [bounces], a mailbox in [bounces.imap], a [[webhook]], or let your mail "+
				"server call \"vesper bounces read\"",
				"nothing tells of what comes back, as far as the configuration says")
		}
		return f.all
	}
	network, at := p.config.Socket()
	switch greeting, err := greetingOf(ctx, network, at, p.limit()); {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, os.ErrNotExist):
		f.say(name, digest.Fail, `start "vesper serve"`, "nothing answers at %s", at)
	case errors.Is(err, os.ErrPermission):
		f.say(name, digest.Fail, "put the mail server's user into the group of "+at, "%s can't be written to", at)
	case err != nil:
		f.say(name, digest.Fail, "look at what listens there", "%s: %v", at, err)
	case !strings.HasPrefix(greeting, "220"):
		f.say(name, digest.Fail, "another program listens there: set listen in [bounces] to a free port",
			"%s does not greet as a mail server", at)
	default:
		f.say(name, digest.OK, "", "%s takes what comes back", at)
	}
	return f.all
}

// trips says how the last test of each address ended, and whether one was heard.
func (f *findings) trips(ctx context.Context, p *patient) (heard bool) {
	if p.house == nil {
		return false
	}
	const hint = `"vesper bounces test"`
	for _, one := range []struct{ name, address string }{
		{"round trip", p.config.Delivery.ReturnPath}, {"leave by mail", p.config.LeaveBy()},
	} {
		if one.address == "" {
			continue
		}
		last, err := p.house.tests.Last(ctx, one.address, p.now())
		switch {
		case errors.Is(err, digest.ErrNotFound):
			f.say(one.name, digest.Warn, hint, "that a message to it comes back was never tried")
		case err != nil:
			f.failed(one.name, err, hint)
		case last.Passed():
			heard = true
			f.say(one.name, digest.OK, "", "a message to it came back on %s, by %s", moment(last.Came, p.house.zone), last.Door)
		case last.Failed != "":
			f.say(one.name, digest.Fail, hint+" once it is mended", "the last message to it came back as a failure: %s",
				last.Failed)
		default:
			f.say(one.name, digest.Fail, hint+" once it is mended", "the last message to it, of %s, did not come back",
				moment(last.Sent, p.house.zone))
		}
	}
	return heard
}

// greetingOf reads the first line of a mail server.
func greetingOf(ctx context.Context, network, at string, limit time.Duration) (string, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, at)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(limit))
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil {
		_, _ = conn.Write([]byte("QUIT\r\n"))
	}
	return line, err
}
