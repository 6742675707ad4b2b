package relay_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"vesper/digest"
	"vesper/digest/relay"
	"vesper/digest/whole"
)

func TestMain(m *testing.M) {
	if port := os.Getenv(childPort); port != "" {
		child(port)
		return
	}
	if os.Getenv(childSink) != "" {
		sink()
		return
	}
	// Most of these tests wait for a time to pass, not for a processor.
	flag.Set("test.parallel", "8")
	goleak.VerifyTestMain(m)
}

// stream is a fixed list of envelopes that notes what becomes of them.
type stream struct {
	envelopes []digest.Envelope
	// before is called when the next envelope is asked for.
	before func()
	// intent is what Intended gives; nil means that it was recorded.
	intent func(ctx context.Context, e digest.Envelope) error
	// done is what Done gives.
	done chan struct{}
	// settling is called before an outcome is noted.
	settling func()

	mu   sync.Mutex
	next int
	// most is how many were in hand at once.
	most    int
	settled map[int64][]digest.Outcome
}

func (s *stream) Next(context.Context) (digest.Envelope, bool) {
	if s.before != nil {
		s.before()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == len(s.envelopes) {
		return digest.Envelope{}, false
	}
	s.next++
	s.most = max(s.most, s.next-len(s.settled))
	return s.envelopes[s.next-1], true
}

func (s *stream) Ahead(ctx context.Context) (digest.Envelope, bool) { return s.Next(ctx) }

func (s *stream) Done() <-chan struct{} { return s.done }

func (s *stream) Intended(ctx context.Context, e digest.Envelope) error {
	if s.intent != nil {
		return s.intent(ctx, e)
	}
	return nil
}

func (s *stream) Settle(_ context.Context, e digest.Envelope, o digest.Outcome) {
	if s.settling != nil {
		s.settling()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.settled == nil {
		s.settled = map[int64][]digest.Outcome{}
	}
	s.settled[e.Delivery.Key] = append(s.settled[e.Delivery.Key], o)
}

// outcome gives the one outcome of the n-th envelope, from 1.
func (s *stream) outcome(t testing.TB, n int64) digest.Outcome {
	t.Helper()
	if got := s.settled[n]; len(got) != 1 {
		t.Fatalf("envelope %d was settled %d times, want once: %+v", n, len(got), got)
	}
	return s.settled[n][0]
}

// classes gives each envelope's class, and fails if one was settled twice.
func (s *stream) classes(t testing.TB) []digest.Class {
	t.Helper()
	var out []digest.Class
	for n := range s.next {
		out = append(out, s.outcome(t, int64(n)+1).Class)
	}
	if len(s.settled) != s.next {
		t.Errorf("%d envelopes settled, %d taken", len(s.settled), s.next)
	}
	return out
}

const body = "Subject: Evening\r\n\r\nGood evening.\r\n"

func envelopes(n int) []digest.Envelope {
	var out []digest.Envelope
	for i := range n {
		out = append(out, digest.Envelope{
			Delivery: digest.Delivery{Key: int64(i) + 1},
			From:     "bounces+abc@bounce.paper.example", To: fmt.Sprintf("reader%d@reader.example", i+1),
			Data: []byte(body),
		})
	}
	return out
}

// patient has time-outs that a busy machine does not reach.
var patient = relay.Timeouts{
	Dial: 10 * time.Second, Greeting: 10 * time.Second, Mail: 10 * time.Second, Rcpt: 10 * time.Second,
	Data: 10 * time.Second, Body: 10 * time.Second, Dot: 10 * time.Second, Quit: 10 * time.Second,
}

// impatient shortens the time-out of the one phase in which a server stalls. Beside the race
// detector a server that does not stall may take longer than a tenth of a second.
func impatient(t *relay.Timeouts, phase string) {
	short := 100 * time.Millisecond
	if whole.Raced {
		short = 500 * time.Millisecond
	}
	*map[string]*time.Duration{
		"greeting": &t.Greeting, "MAIL": &t.Mail, "RCPT": &t.Rcpt, "DATA": &t.Data,
		"body": &t.Body, "dot": &t.Dot, "QUIT": &t.Quit,
	}[phase] = short
}

func plainTo(s *scripted) *relay.Relay {
	return &relay.Relay{Host: "127.0.0.1", Port: s.port(), TLS: relay.None, Hello: "paper.example", Timeouts: patient}
}

func TestEveryReplyIsFiledAsTheTableSays(t *testing.T) {
	garbage, long := "what?", "250 "+strings.Repeat("x", 70<<10)
	for _, row := range []struct {
		phase, text string
		want        digest.Class // of the first envelope
		ends        digest.Class // of the connection
	}{
		{"MAIL", "421 4.3.2 closing", digest.Session, digest.Session},
		{"RCPT", "421 4.3.2 closing", digest.Session, digest.Session},
		{"DATA", "421 4.3.2 closing", digest.Session, digest.Session},
		{"dot", "421 4.3.2 closing", digest.Session, digest.Session},
		{"MAIL", fin, digest.Session, digest.Session},
		{"MAIL", rst, digest.Session, digest.Session},
		{"MAIL", stall, digest.Session, digest.Session},
		{"MAIL", garbage, digest.Session, digest.Session},
		{"MAIL", long, digest.Session, digest.Session},
		{"RCPT", fin, digest.Session, digest.Session},
		{"RCPT", rst, digest.Session, digest.Session},
		{"RCPT", stall, digest.Session, digest.Session},
		{"RCPT", garbage, digest.Session, digest.Session},
		{"DATA", fin, digest.Session, digest.Session},
		{"DATA", rst, digest.Session, digest.Session},
		{"DATA", stall, digest.Session, digest.Session},
		{"DATA", "250 not what was asked", digest.Session, digest.Session},
		{"body", fin, digest.Session, digest.Session},
		{"body", rst, digest.Session, digest.Session},
		{"body", stuck, digest.Session, digest.Session},
		{"MAIL", "451 4.3.0 slowly", digest.Pace, digest.Pace},
		{"MAIL", "452 4.3.1 full", digest.Pace, digest.Pace},
		{"RCPT", "450 4.2.0 greylisted", digest.Transient, ""},
		{"RCPT", "452 4.5.3 too many", digest.Transient, ""},
		{"DATA", "451 4.3.0 later", digest.Transient, ""},
		{"dot", "451 4.3.0 later", digest.Transient, ""},
		{"RCPT", "550 5.1.1 no such mailbox", digest.Permanent, ""},
		{"RCPT", "550 5.7.1 not wanted", digest.Permanent, ""},
		{"DATA", "554 5.7.1 no valid recipients", digest.Refused, ""},
		{"dot", "552 5.3.4 too big", digest.Refused, ""},
		{"dot", "554 5.7.1 spam", digest.Refused, ""},
		{"MAIL", "550 5.7.1 sender refused", digest.Account, digest.Account},
		{"MAIL", "530 5.7.0 authenticate first", digest.Account, digest.Account},
		{"RCPT", "530 5.7.0 authenticate first", digest.Account, digest.Account},
		{"MAIL", "535 5.7.8 no", digest.Account, digest.Account},
		{"dot", fin, digest.InDoubt, digest.Session},
		{"dot", rst, digest.InDoubt, digest.Session},
		{"dot", stall, digest.InDoubt, digest.Session},
		{"dot", garbage, digest.InDoubt, digest.Session},
		{"dot", long, digest.InDoubt, digest.Session},
		{"dot", "354 what", digest.InDoubt, digest.Session},
		{"dot", "250-2.0.0 Ok\r\n550 no", digest.InDoubt, digest.Session},
		{"dot", "250 2.0.0 Ok", digest.Accepted, ""},
		{"dot", "251 2.0.0 Ok", digest.Accepted, ""},
		{"RCPT", "251 2.1.5 will forward", digest.Accepted, ""},
		{"RSET", "451 4.3.0 what", digest.Accepted, ""},
		{"QUIT", fin, digest.Accepted, ""},
		{"QUIT", rst, digest.Accepted, ""},
		{"QUIT", stall, digest.Accepted, ""},
		{"QUIT", "421 4.3.2 closing", digest.Accepted, ""},
	} {
		name := row.phase + " " + strings.TrimPrefix(row.text[:min(len(row.text), 12)], "\x00")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := (&scripted{answer: always(row.phase, row.text)}).start(t)
			s := &stream{envelopes: envelopes(1)}
			if row.phase == "body" {
				// More than the buffers on the way hold, so that it is noticed.
				s.envelopes[0].Data = bytes.Repeat([]byte("Good evening.\r\n"), 1<<20)
			}
			r := plainTo(server)
			if row.text == stall || row.text == stuck {
				impatient(&r.Timeouts, row.phase)
			}
			ends := r.Work(t.Context(), s)
			if got := s.outcome(t, 1); got.Class != row.want {
				t.Errorf("got %+v, want %s", got, row.want)
			}
			if ends.Class != row.ends {
				t.Errorf("the connection ended with %+v, want %q", ends, row.ends)
			}
			// In doubt is right for either; whatever else is filed must be so.
			if took := len(server.taken()) == 1; row.want != digest.InDoubt && took != (row.want == digest.Accepted) {
				t.Errorf("filed as %s; did the relay take it: %t", row.want, took)
			}
		})
	}
}

func TestNoOpeningFaultTakesAnEnvelope(t *testing.T) {
	for _, row := range []struct {
		phase, text string
		want        digest.Class
	}{
		{"greeting", "554 5.3.2 no service", digest.Session},
		{"greeting", "421 4.3.2 busy", digest.Session},
		{"greeting", fin, digest.Session},
		{"greeting", rst, digest.Session},
		{"greeting", stall, digest.Session},
		{"greeting", "220 " + strings.Repeat("x", 1<<20), digest.Session},
		{"EHLO", "502 5.5.1 no", digest.Session},
		{"EHLO", "421 4.3.2 busy", digest.Session},
		{"EHLO", fin, digest.Session},
		{"AUTH", "535 5.7.8 wrong", digest.Account},
		{"AUTH", "454 4.7.0 later", digest.Session},
		{"AUTH", "554 5.7.0 wrong", digest.Account},
		{"AUTH", fin, digest.Session},
	} {
		t.Run(row.phase+" "+strings.TrimPrefix(row.text[:min(len(row.text), 12)], "\x00"), func(t *testing.T) {
			t.Parallel()
			server := (&scripted{offers: []string{"AUTH PLAIN"}, answer: always(row.phase, row.text)}).start(t)
			r := plainTo(server)
			r.Username, r.Password = "desk", "secret"
			if row.text == stall {
				impatient(&r.Timeouts, row.phase)
			}
			s := &stream{envelopes: envelopes(1)}
			if got := r.Work(t.Context(), s); got.Class != row.want || got.Reply == "" {
				t.Errorf("got %+v, want %s with a reason", got, row.want)
			}
			if s.next != 0 {
				t.Error("an envelope was taken before there was a connection")
			}
			if err := r.Check(t.Context()); err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("Check gives %v, want the reason without the password", err)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		server := (&scripted{}).start(t)
		_ = server.listener.Close()
		if got := plainTo(server).Work(t.Context(), &stream{envelopes: envelopes(1)}); got.Class != digest.Session {
			t.Errorf("got %+v, want session", got)
		}
	})
}

func TestOneConnectionCarriesManyAndSurvivesRefusals(t *testing.T) {
	server := (&scripted{answer: func(phase, line string) string {
		switch {
		case phase == "RCPT" && strings.Contains(line, "reader2@"):
			return "550-5.1.1 no such\r\n550 5.1.1 mailbox"
		case phase == "dot" && strings.Contains(line, "reader3@"):
			return "451 4.3.0 later"
		}
		return ""
	}}).start(t)
	s := &stream{envelopes: envelopes(5)}
	if end := plainTo(server).Work(t.Context(), s); end != (digest.Outcome{}) {
		t.Errorf("ended with %+v, want nothing", end)
	}
	want := []digest.Class{digest.Accepted, digest.Permanent, digest.Transient, digest.Accepted, digest.Accepted}
	if diff := cmp.Diff(want, s.classes(t)); diff != "" {
		t.Error(diff)
	}
	wantOutcome := digest.Outcome{
		Class: digest.Permanent, Code: 550, Enhanced: "5.1.1", Reply: "5.1.1 no such 5.1.1 mailbox",
		Relay: fmt.Sprintf("127.0.0.1:%d", server.port()), Line: 1,
	}
	if diff := cmp.Diff(wantOutcome, s.outcome(t, 2)); diff != "" {
		t.Error(diff)
	}
	if got := s.outcome(t, 1).QueueID; got != "4F1A77C0DE" {
		t.Errorf("queue ID %q", got)
	}
	if dials, _ := server.count(); dials != 1 {
		t.Errorf("%d connections, want 1", dials)
	}
	if got := strings.Join(server.seen(), "\n"); strings.Count(got, "RSET") != 1 || !strings.HasSuffix(got, "QUIT") {
		t.Errorf("want one RSET, after the refused recipient, and QUIT at the end:\n%s", got)
	}
}

func TestSMTPUTF8OnlyWhereItIsNeededAndOffered(t *testing.T) {
	for _, offered := range []bool{true, false} {
		server := &scripted{offers: []string{"SIZE 1000000"}}
		if offered {
			server.offers = []string{"8BITMIME", "SMTPUTF8"}
		}
		server.start(t)
		s := &stream{envelopes: envelopes(2)}
		s.envelopes[0].To = "zoë@reader.example"
		plainTo(server).Work(t.Context(), s)
		lines := strings.Join(server.seen(), "\n")
		got := s.outcome(t, 1)
		if offered {
			if got.Class != digest.Accepted || strings.Count(lines, "SMTPUTF8") != 1 {
				t.Errorf("got %+v over\n%s", got, lines)
			}
		} else if got.Class != digest.Permanent || got.Code != 0 || got.Enhanced != "5.6.7" ||
			strings.Contains(lines, "zo") {
			t.Errorf("got %+v over\n%s", got, lines)
		}
		if got := s.outcome(t, 2); got.Class != digest.Accepted {
			t.Errorf("the next reader: got %+v", got)
		}
	}
}

func TestTheRateIsSharedByAllConnections(t *testing.T) {
	server := (&scripted{}).start(t)
	r := plainTo(server)
	r.Rate = 100
	began := time.Now()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { r.Work(t.Context(), &stream{envelopes: envelopes(5)}) })
	}
	all.Wait()
	if took := time.Since(began); len(server.taken()) != 20 || took < 190*time.Millisecond {
		t.Errorf("%d messages in %s, want 20 in no less than 190ms", len(server.taken()), took)
	}
}

func TestTheConnectionIsOpenBeforeAnEnvelopeIsTaken(t *testing.T) {
	server := (&scripted{}).start(t)
	s := &stream{before: func() {
		if dials, _ := server.count(); dials != 1 {
			t.Errorf("%d connections when the first envelope is asked for", dials)
		}
	}}
	if end := plainTo(server).Work(t.Context(), s); end.Class != "" {
		t.Errorf("ended with %+v", end)
	}
}
