package relay_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"vesper/digest"
	"vesper/digest/relay"
)

// The two sides of the matrix: where a relay can fail, and how.
var (
	matrixPhases = []string{
		"greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "body", "dot", "RSET",
		"QUIT",
	}
	matrixFaults = []struct{ name, text string }{
		{"421", "421 4.3.2 closing"},
		{"450", "450 4.2.0 not now"},
		{"452", "452 4.3.1 full"},
		{"535", "535 5.7.8 who are you"},
		{"550", "550 5.1.1 no"},
		{"552", "552 5.3.4 too much"},
		{"554", "554 5.7.1 never"},
		{"251", "251 2.1.5 will forward"},
		{"250 and a bare 250", "250-2.0.0 Ok\r\n250"},
		{"garbage", "what?"},
		{"a line of 64 kB", "250 " + strings.Repeat("x", 64<<10)},
		{"FIN", fin},
		{"RST", rst},
		{"stall", stall},
	}
)

// fate is what is to become of the first envelope, which has no class if it is
// not to be taken, and of the connection.
type fate struct{ first, end digest.Class }

// matrixFate says what each cell is to be filed as.
func matrixFate(phase, fault string) fate {
	const (
		none    = digest.Class("")
		session = digest.Session
		account = digest.Account
		bare    = "250 and a bare 250"
	)
	of := func(rows map[string]fate, usual fate) fate {
		if f, ok := rows[fault]; ok {
			return f
		}
		return usual
	}
	switch phase {
	case "greeting", "STARTTLS":
		return of(map[string]fate{"535": {none, account}}, fate{none, session})
	case "EHLO":
		// A long line is odd, but the reply that is wanted. The other offers nothing.
		return of(map[string]fate{
			"535": {none, account}, "a line of 64 kB": {digest.Accepted, none}, bare: {digest.Accepted, none},
		}, fate{none, session})
	case "AUTH":
		refused := fate{none, account}
		return of(map[string]fate{"535": refused, "550": refused, "552": refused, "554": refused}, fate{none, session})
	case "MAIL":
		slow, refused := fate{digest.Pace, digest.Pace}, fate{account, account}
		return of(map[string]fate{
			"450": slow, "452": slow, "535": refused, "550": refused, "552": refused, "554": refused,
			"251": {digest.Accepted, none}, bare: {digest.Accepted, none},
		}, fate{session, session})
	case "RCPT":
		later, never := fate{digest.Transient, none}, fate{digest.Permanent, none}
		return of(map[string]fate{
			"450": later, "452": later, "535": {account, account}, "550": never, "552": never, "554": never,
			"251": {digest.Accepted, none}, bare: {digest.Accepted, none},
		}, fate{session, session})
	case "DATA":
		later, refused := fate{digest.Transient, none}, fate{digest.Refused, none}
		return of(map[string]fate{
			"450": later, "452": later, "535": {account, account}, "550": refused, "552": refused, "554": refused,
		}, fate{session, session})
	case "dot":
		later, refused := fate{digest.Transient, none}, fate{digest.Refused, none}
		return of(map[string]fate{
			"421": {session, session}, "450": later, "452": later, "535": {account, account},
			"550": refused, "552": refused, "554": refused, "251": {digest.Accepted, none}, bare: {digest.Accepted, none},
		}, fate{digest.InDoubt, session})
	case "RSET": // comes after a refused reader
		return of(map[string]fate{
			"251": {digest.Permanent, none}, bare: {digest.Permanent, none}, "535": {digest.Permanent, account},
		}, fate{digest.Permanent, session})
	case "QUIT":
		return fate{digest.Accepted, none}
	}
	return fate{session, session} // in the middle of the message
}

// behind says what it is to be filed as where the relay took others over the connection
// before: that it ends one after some messages, or loses overlapped commands, is no
// trouble, and the next connection goes on.
func (f fate) behind(phase, fault string, overlapped bool) fate {
	switch phase {
	case "MAIL":
		switch fault {
		case "421", "535", "550", "552", "554", "FIN", "RST":
			return fate{first: digest.Session}
		}
	case "RCPT", "DATA":
	default:
		return f
	}
	if fault == "stall" && overlapped {
		return fate{first: digest.Session}
	}
	return f
}

// cell is one fault of the matrix, and the oracle that shows it.
type cell struct {
	phase, fault, text string
	encrypted          bool
	server             *scripted
	// shown is closed when the fault was.
	shown chan struct{}
	once  sync.Once
	armed atomic.Bool
	// at is which envelope it hits, from 0.
	at int
	// met counts how often its phase came; the connection before may not be over yet.
	met atomic.Int64
}

// answer fails once after the opening: the second envelope shows that it left
// nothing behind.
func (c *cell) answer(phase, line string) string {
	if c.phase == "RSET" && phase == "RCPT" && strings.Contains(line, fmt.Sprintf("reader%d@", c.at+1)) {
		return "550 5.1.1 no such mailbox"
	}
	if phase != c.phase && (phase != "HELO" || c.phase != "EHLO") {
		return ""
	}
	opening := slices.Contains(matrixPhases[:4], c.phase)
	// RSET and QUIT come once, whoever was refused.
	early := c.met.Add(1) <= int64(c.at) && c.phase != "RSET" && c.phase != "QUIT"
	if !opening && (early || !c.armed.CompareAndSwap(false, true)) {
		return ""
	}
	if c.phase == "body" && c.text == stall {
		// One that goes on reading would read the dot.
		return stuck
	}
	return c.text
}

// run sends the envelope that is hit, those before it and one behind it.
func (c *cell) run(t *testing.T, offers []string, pipelining string, encrypted bool) {
	c.shown = make(chan struct{})
	c.server.answer, c.server.offers = c.answer, offers
	c.server.said = func(phase string) {
		if phase == c.phase {
			c.once.Do(func() { close(c.shown) })
		}
	}
	var pool *x509.CertPool
	if c.encrypted = encrypted; encrypted {
		c.server.tls, pool = authority(t)
	}
	r := plainTo(c.server.start(t))
	r.Pipelining = pipelining
	if pool != nil {
		r.TLS, r.RootCAs = relay.Required, pool
	}
	if c.phase == "AUTH" {
		r.Username, r.Password = "desk", "secret"
	}
	if c.text == stall {
		bound := map[string]string{"EHLO": "greeting", "STARTTLS": "greeting", "AUTH": "greeting", "RSET": "MAIL"}
		impatient(&r.Timeouts, cmp.Or(bound[c.phase], c.phase))
	}
	s := &stream{envelopes: envelopes(c.at + 2)}
	for i := range s.envelopes {
		s.envelopes[i].Data = fmt.Appendf(nil, "Message-ID: <%d@paper.example>\r\n%s", i+1, body)
	}
	if c.phase == "body" {
		if c.text == stall {
			s.envelopes[c.at].Data = bytes.Repeat([]byte("Good evening.\r\n"), 1<<20)
		} else {
			// The fault is there before the dot would be.
			s.intent = func(_ context.Context, e digest.Envelope) error {
				if e.Delivery.Key == int64(c.at)+1 {
					<-c.shown
				}
				return nil
			}
		}
	}
	end := r.Work(t.Context(), s)
	c.check(t, offers, pipelining, s, end)
}

// check holds what was filed against the table and against what the oracle
// recorded before it answered.
func (c *cell) check(t *testing.T, offers []string, pipelining string, s *stream, end digest.Outcome) {
	want := matrixFate(c.phase, c.fault)
	if c.at > 0 {
		want = want.behind(c.phase, c.fault, pipelining == relay.Overlap)
	}
	if c.phase == "EHLO" && c.encrypted && want.first != "" {
		want = fate{end: digest.Session} // it did not offer STARTTLS
	}
	if c.phase == "RSET" && c.server.eager && slices.Contains(offers, "PIPELINING") && pipelining != relay.Off {
		// The lone dot has ended the transaction: no RSET is sent.
		want.end = ""
	}
	if end.Class != want.end {
		t.Errorf("the connection ended with %.200v, want %q", end, want.end)
	}
	if (s.next == 0) != (want.first == "") {
		t.Fatalf("%d envelopes taken, want the first %q", s.next, want.first)
	}
	recorded := map[string]string{}
	for _, m := range c.server.taken() {
		if _, twice := recorded[m.to]; twice {
			t.Errorf("envelope to %s recorded twice", m.to)
		}
		recorded[m.to] = m.data
	}
	c.server.mu.Lock()
	read := slices.Clone(c.server.read)
	c.server.mu.Unlock()
	for i, class := range s.classes(t) {
		e := s.envelopes[i]
		wanted := map[bool]digest.Class{true: want.first, false: digest.Accepted}[i == c.at]
		if i > c.at && (c.phase == "body" || c.phase == "dot") && want.end != "" && pipelining == relay.Overlap {
			// It was in hand behind the one that was hit, and is to blame for nothing.
			wanted = digest.Session
			if o := s.outcome(t, int64(i)+1); !o.Blameless || o.Ended != (digest.Ended{}) {
				t.Errorf("envelope %d is blamed: %+v", i+1, o)
			}
		}
		if class != wanted {
			t.Errorf("envelope %d is filed as %s, want %s: %.200v", i+1, class, wanted, s.outcome(t, int64(i)+1))
		}
		data, taken := recorded[e.To]
		switch {
		case class == digest.InDoubt:
			if !slices.Contains(read, e.To) {
				t.Errorf("envelope %d is in doubt, but its dot never came", i+1)
			}
		case taken != (class == digest.Accepted):
			t.Errorf("envelope %d is filed as %s; did the relay take it: %t", i+1, class, taken)
		case taken && data != string(e.Data):
			t.Errorf("envelope %d arrived as %.200q", i+1, data)
		}
	}
}

func TestTheProtocolMatrix(t *testing.T) {
	var cells, misfiled atomic.Int32
	t.Run("cells", func(t *testing.T) {
		for _, way := range []struct {
			name       string
			offers     []string
			pipelining string
			eager      bool
			tls        bool
			at         int
		}{
			{"one by one", []string{"AUTH PLAIN"}, "", false, false, 0},
			{"off", []string{"AUTH PLAIN", "PIPELINING"}, relay.Off, false, false, 0},
			{"pipelined", []string{"AUTH PLAIN", "PIPELINING"}, relay.InMessage, false, false, 0},
			{"pipelined, DATA always taken", []string{"AUTH PLAIN", "PIPELINING"}, "", true, false, 0},
			{"through TLS", []string{"AUTH PLAIN", "PIPELINING"}, "", false, true, 0},
			{"pipelined, the third", []string{"AUTH PLAIN", "PIPELINING"}, relay.InMessage, false, false, 2},
			{"overlapped, the first", []string{"AUTH PLAIN", "PIPELINING"}, relay.Overlap, false, false, 0},
			{"overlapped", []string{"AUTH PLAIN", "PIPELINING"}, relay.Overlap, false, false, 2},
			{"overlapped, DATA always taken", []string{"AUTH PLAIN", "PIPELINING"}, relay.Overlap, true, false, 2},
			{"overlapped through TLS", []string{"AUTH PLAIN", "PIPELINING"}, relay.Overlap, false, true, 2},
		} {
			for _, phase := range matrixPhases {
				for _, fault := range matrixFaults {
					t.Run(way.name+"/"+phase+"/"+fault.name, func(t *testing.T) {
						t.Parallel()
						defer func() {
							cells.Add(1)
							if t.Failed() {
								misfiled.Add(1)
							}
						}()
						c := &cell{
							phase: phase, fault: fault.name, text: fault.text, at: way.at,
							server: &scripted{eager: way.eager},
						}
						c.run(t, way.offers, way.pipelining, way.tls || phase == "STARTTLS")
					})
				}
			}
		}
	})
	t.Logf("%d cells, %d misfiled", cells.Load(), misfiled.Load())
}
