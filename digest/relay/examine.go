package relay

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"vesper/digest"
)

// soon is when a certificate is so near its end that somebody should look: it is
// renewed by a machine that has missed several turns.
const soon = 14 * 24 * time.Hour

// Look is what an examination is about: a message as it would be sent.
type Look struct {
	// From is the return path that MAIL is asked with, "" to leave it out.
	From string
	// Size is that of the largest message, in octets; 0 is not known.
	Size int
	// Timeout is how long all of it may take.
	Timeout time.Duration
}

// Examine opens a connection, with the real password, and asks with MAIL if the relay
// would take a message of this size from us. RSET follows: nobody is mailed. It says in a
// finding each what is wrong or doubtful, and in one what is right if nothing is.
func (r *Relay) Examine(ctx context.Context, l Look) []digest.Finding {
	e := &examination{name: "relay " + r.address()}
	ctx, cancel := context.WithTimeout(ctx, l.Timeout)
	defer cancel()
	c, fault := r.open(ctx, ctx)
	if out := fault.outcome; out.Class != "" {
		if !e.silent(ctx, "look whether a firewall is in between, and at "+r.lookAt("port"), l, "") {
			e.say(digest.Fail, hintFor(out), "%s", unlooked(out))
		}
		return e.all
	}
	defer c.cut()
	e.certificate(c, r)
	e.bounds(c, l.Size)
	if l.From != "" {
		e.sender(ctx, c, l)
	}
	c.quit()
	if e.worst() == digest.OK {
		e.say(digest.OK, "", "%s", strings.Join(e.good, ", "))
	}
	return e.all
}

// examination collects findings about a relay.
type examination struct {
	name string
	all  []digest.Finding
	good []string
}

func (e *examination) say(r digest.Result, hint, form string, args ...any) {
	e.all = append(e.all, digest.Finding{Name: e.name, Result: r, Message: fmt.Sprintf(form, args...), Hint: hint})
}

func (e *examination) worst() digest.Result {
	if len(e.all) > 0 {
		return digest.Warn
	}
	return digest.OK
}

// silent says, where the time is over, that the relay was waited for in vain.
func (e *examination) silent(ctx context.Context, hint string, l Look, to string) bool {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return false
	}
	e.say(digest.Fail, hint, "it does not answer%s within %s", to, l.Timeout.Round(time.Second/10))
	return true
}

// unlooked gives the reason without where to look, which is the hint.
func unlooked(out digest.Outcome) string {
	out.Look = ""
	return out.Reason()
}

func hintFor(out digest.Outcome) string {
	switch {
	case out.Look != "":
		return "look at " + out.Look
	case out.Code >= 400 && out.Code < 500:
		return "try again in some minutes; if it stays so, ask who runs the relay"
	}
	return "ask who runs the relay"
}

// certificate looks how long the relay's certificate lasts.
func (e *examination) certificate(c *conn, r *Relay) {
	protected, ok := c.line.(*tls.Conn)
	if !ok {
		e.good = append(e.good, "plain text on this machine")
		return
	}
	end := protected.ConnectionState().PeerCertificates[0].NotAfter
	left := end.Sub(r.now())
	if left < soon {
		e.say(digest.Warn, "ask who runs the relay to renew it; when it has ended nothing is sent",
			"the certificate ends on %s, in %s", day(end), days(left))
	}
	e.good = append(e.good, fmt.Sprintf("TLS with a certificate for %s more", days(left)))
}

// bounds looks at what the relay takes, as its reply to EHLO tells.
func (e *examination) bounds(c *conn, size int) {
	if c.relay.Username == "" {
		_, loopback := addressOf(c.line)
		if !loopback {
			e.say(digest.Warn, "set username and password_file at "+c.relay.lookAt("username")+
				", unless the relay knows this machine by its address", "nobody logs in: no username is set")
		}
	} else {
		e.good = append(e.good, "AUTH")
	}
	if !c.offers.has("8BITMIME") {
		e.good = append(e.good, "no 8BITMIME")
	}
	if most, ok := c.offers["SIZE"]; ok {
		n, err := strconv.ParseInt(most, 10, 64)
		switch {
		case err != nil || n == 0:
		case int64(size) > n:
			e.say(digest.Fail, "ask for a larger bound, or set max_articles lower",
				"it takes messages of %d octets, and the edition has %d", n, size)
		default:
			e.good = append(e.good, fmt.Sprintf("messages up to %d kB", n/1000))
		}
	}
	for word := range strings.FieldsSeq(c.offers["LIMITS"]) {
		// RFC 9422. We send one recipient a message.
		name, value, _ := strings.Cut(strings.ToUpper(word), "=")
		if n, err := strconv.Atoi(value); name == "MAILMAX" && err == nil {
			e.good = append(e.good, fmt.Sprintf("%d messages a connection", n))
		}
	}
}

// sender asks if a message with our return path would be begun.
func (e *examination) sender(ctx context.Context, c *conn, l Look) {
	size := ""
	if c.offers.has("SIZE") && l.Size > 0 {
		size = fmt.Sprintf(" SIZE=%d", l.Size)
	}
	out := c.ask(ctx, phaseMail, "MAIL FROM:<"+l.From+">"+size)
	if out.Class != "" {
		if e.silent(ctx, "ask who runs the relay: it lets us in, and then says nothing", l, " our MAIL") {
			return
		}
		out = c.relay.accused(out, phaseMail)
		out.Relay = ""
		e.say(digest.Fail, hintFor(out), "it refuses our MAIL: %s", unlooked(out))
		return
	}
	_ = c.ask(ctx, phaseReset, "RSET")
}

// addressOf gives the other end's address, and whether it is this machine.
func addressOf(line net.Conn) (net.IP, bool) {
	to, ok := line.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return nil, false
	}
	return to.IP, to.IP.IsLoopback()
}

// Name is what findings call the relay.
func (r *Relay) Name() string { return "relay " + r.address() }
