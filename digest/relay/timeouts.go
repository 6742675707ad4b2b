package relay

import (
	"cmp"
	"time"
)

// Timeouts are how long to wait in each phase (RFC 5321 4.5.3.2).
type Timeouts struct {
	// Dial is for the TCP connection alone: 30 s.
	Dial time.Duration
	// Greeting is for the greeting, and as long again for EHLO, TLS and AUTH
	// together: 5 min.
	Greeting time.Duration
	// Mail and Rcpt are for the replies to these commands, Mail also for that
	// to RSET: 5 min.
	Mail, Rcpt time.Duration
	// Data is for the reply to DATA: 2 min.
	Data time.Duration
	// Body is how long the relay may take no octets of a message: 3 min.
	Body time.Duration
	// Silence is for the reply to a command before the dot while the relay answers for
	// others, or others wait: 30 s.
	Silence time.Duration
	// Dot is for the reply after the final dot: 10 min.
	Dot time.Duration
	// Quit is for saying goodbye: 5 s.
	Quit time.Duration
}

// timeouts gives r's time-outs with the defaults filled in.
func (r *Relay) timeouts() Timeouts {
	t := r.Timeouts
	return Timeouts{
		Dial:     cmp.Or(t.Dial, 30*time.Second),
		Greeting: cmp.Or(t.Greeting, 5*time.Minute),
		Mail:     cmp.Or(t.Mail, 5*time.Minute),
		Rcpt:     cmp.Or(t.Rcpt, 5*time.Minute),
		Data:     cmp.Or(t.Data, 2*time.Minute),
		Body:     cmp.Or(t.Body, 3*time.Minute),
		Silence:  cmp.Or(t.Silence, 30*time.Second),
		Dot:      cmp.Or(t.Dot, 10*time.Minute),
		Quit:     cmp.Or(t.Quit, 5*time.Second),
	}
}
