package relay_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/digest/relay"
)

// apart is an envelope whose commands are sent one by one.
func apart(n int) []digest.Envelope {
	all := envelopes(n)
	for i := range all {
		all[i].Alone = true
	}
	return all
}

// atRcpt answers RCPT for one reader with a text.
func atRcpt(reader, text string) func(phase, line string) string {
	return func(phase, line string) string {
		if phase == "RCPT" && strings.Contains(line, reader+"@") {
			return text
		}
		return ""
	}
}

func TestHowAConnectionEndedIsTold(t *testing.T) {
	for _, text := range []string{"421 4.3.2 closing", "what?", fin, rst, stall} {
		for _, phase := range []string{"MAIL", "RCPT", "DATA"} {
			for name, c := range map[string]struct {
				offers    []string
				envelopes []digest.Envelope
			}{
				"one by one":     {nil, envelopes(1)},
				"together":       {[]string{"PIPELINING"}, envelopes(1)},
				"alone":          {[]string{"PIPELINING"}, apart(1)},
				"alone, no need": {nil, apart(1)},
			} {
				t.Run(fmt.Sprintf("%s, %q to %s", name, text, phase), func(t *testing.T) {
					t.Parallel()
					server := (&scripted{offers: c.offers, answer: always(phase, text)}).start(t)
					r := plainTo(server)
					if text == stall {
						impatient(&r.Timeouts, phase)
					}
					s := &stream{envelopes: c.envelopes}
					r.Work(t.Context(), s)
					got, reply := s.outcome(t, 1), text[0] != 0 && text != "what?"
					// Without any reply to what was sent together, RCPT may be the reason.
					open := name == "together" && !reply
					want := digest.Ended{Recipient: phase != "MAIL" || open, Silent: text == stall}
					if got.Class != digest.Session || got.Ended != want {
						t.Errorf("got %+v, want %+v", got, want)
					}
					if want := fmt.Sprintf("127.0.0.1:%d", server.port()); got.Relay != want {
						t.Errorf("of relay %q, want %q", got.Relay, want)
					}
				})
			}
		}
	}
}

func TestWhatEndsNoConnectionTellsOfNoEnd(t *testing.T) {
	for phase, text := range map[string]string{
		"RCPT": "550 5.1.1 no", "DATA": "451 4.3.0 later", "dot": fin, "MAIL": "550 5.7.1 not you", "RSET": fin,
	} {
		server := (&scripted{answer: always(phase, text)}).start(t)
		s := &stream{envelopes: envelopes(1)}
		plainTo(server).Work(t.Context(), s)
		if got := s.outcome(t, 1); got.Ended != (digest.Ended{}) {
			t.Errorf("%q to %s: got %+v", text, phase, got)
		}
	}
}

// A stop is no end that the relay made, and a message that our own ledger holds up is
// none that its reader does.
func TestWhatWeEndIsNoReadersFault(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	server := (&scripted{answer: func(phase, _ string) string {
		if phase == "RCPT" {
			stop()
			return stall
		}
		return ""
	}}).start(t)
	s := &stream{envelopes: envelopes(1)}
	plainTo(server).Work(ctx, s)
	if got := s.outcome(t, 1); got.Class != digest.Session || got.Ended.Recipient {
		t.Errorf("stopped: got %+v", got)
	}
	slow := &stream{envelopes: envelopes(1), intent: func(context.Context, digest.Envelope) error {
		<-time.After(300 * time.Millisecond)
		return nil
	}}
	slow.envelopes[0].Until = time.Now().Add(time.Second)
	plainTo((&scripted{}).start(t)).Work(t.Context(), slow)
	if got := slow.outcome(t, 1); got.Class != digest.Session || got.Ended.Recipient {
		t.Errorf("a slow ledger: got %+v", got)
	}
}

func TestRefusedRecipientsAreToldWithTheEnd(t *testing.T) {
	for reply, want := range map[string]bool{"550 5.1.1 no": true, "450 4.2.1 later": true, "250 2.1.5 ok": false} {
		server := (&scripted{answer: func(phase, line string) string {
			switch {
			case phase == "RCPT" && strings.Contains(line, "reader1@"):
				return reply
			case phase == "RCPT" && strings.Contains(line, "reader3@"):
				return "421 4.7.0 too many errors"
			}
			return ""
		}}).start(t)
		s := &stream{envelopes: envelopes(3)}
		plainTo(server).Work(t.Context(), s)
		if diff := cmp.Diff(digest.Ended{Recipient: true, Refused: want}, s.outcome(t, 3).Ended); diff != "" {
			t.Errorf("%s: %s", reply, diff)
		}
	}
}

// while sends envelopes over one connection after another until over is closed.
func while(r *relay.Relay, over <-chan struct{}) {
	for {
		select {
		case <-over:
			return
		default:
			r.Work(context.Background(), &stream{envelopes: envelopes(9)[4:]})
		}
	}
}

func TestASilenceEndsSoonerWhileOthersAreAnsweredFor(t *testing.T) {
	for name, c := range map[string]struct {
		offers []string
		// before is how the relay answers for the reader before the silent one.
		before string
		others bool
		alone  bool
		sooner bool
	}{
		"others are":                  {nil, "", true, false, true},
		"others are, together":        {[]string{"PIPELINING"}, "", true, false, true},
		"others are, alone":           {nil, "", true, true, true},
		"nobody is":                   {nil, "", false, false, true},
		"nobody is, alone":            {nil, "", false, true, false},
		"after a recipient's refusal": {nil, "550 5.1.1 no", true, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := (&scripted{offers: c.offers, answer: func(phase, line string) string {
				if phase == "RCPT" && strings.Contains(line, "reader1@") {
					return c.before
				}
				return atRcpt("reader2", stall)(phase, line)
			}}).start(t)
			r := plainTo(server)
			r.Timeouts.Silence, r.Timeouts.Rcpt, r.Timeouts.Mail = 60*time.Millisecond, 5*time.Second, 5*time.Second
			if !c.sooner {
				r.Timeouts.Rcpt = 400 * time.Millisecond
			}
			over, gone := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(gone)
				if c.others {
					while(r, over)
				}
			}()
			s, began := &stream{envelopes: envelopes(2)}, time.Now()
			s.envelopes[1].Alone = c.alone
			r.Work(t.Context(), s)
			took := time.Since(began)
			close(over)
			<-gone
			if got := s.outcome(t, 2); !got.Ended.Silent || !got.Ended.Recipient {
				t.Errorf("got %+v", got)
			}
			if c.sooner != (took < r.Timeouts.Rcpt) {
				t.Errorf("it ended after %v", took)
			}
		})
	}
}

// With one connection nobody else can have an answer meanwhile. The first silence is cut
// short for the others; the next one is waited out, and shows that the relay is slow.
func TestASlowRelayIsWaitedFor(t *testing.T) {
	const silence, slow = 60 * time.Millisecond, 300 * time.Millisecond
	server := (&scripted{answer: func(phase, _ string) string {
		if phase == "RCPT" {
			<-time.After(slow)
		}
		return ""
	}}).start(t)
	r, q := plainTo(server), owed(4)
	r.Timeouts.Silence = silence
	ends := 0
	for !q.over() {
		if end := r.Work(t.Context(), share{q}); end.Class != "" {
			ends++
		}
	}
	if dials, _ := server.count(); ends != 1 || dials != 2 {
		t.Errorf("%d ends, %d connections, want the first alone to be cut short", ends, dials)
	}
}

// Whoever has the line alone gives it up to a letter that waits.
func TestASilenceOfOneIsCutShortForALetter(t *testing.T) {
	server := (&scripted{answer: atRcpt("reader1", stall)}).start(t)
	p := poolOf(&clock{}, server)
	p.Relays[0].Connections, p.Relays[0].Timeouts.Silence = 1, 300*time.Millisecond
	first := &stream{envelopes: apart(1)}
	over := make(chan struct{})
	go func() {
		defer close(over)
		p.Edition(1).Work(t.Context(), first)
	}()
	for lines := 0; lines < 3; lines = len(server.seen()) {
		<-time.After(time.Millisecond)
	}
	letter := &stream{envelopes: envelopes(2)[1:]}
	if end := p.Letters().Work(t.Context(), letter); end.Class != "" || letter.outcome(t, 2).Class != digest.Accepted {
		t.Errorf("the letter ended with %+v", end)
	}
	<-over
	if got := first.outcome(t, 1); !got.Ended.Recipient || !got.Ended.Silent {
		t.Errorf("got %+v", got)
	}
}

// So it is for others of the same ledger.
func TestASilenceIsCutShortForOthersThatWait(t *testing.T) {
	for _, wait := range []bool{true, false} {
		r := plainTo((&scripted{answer: atRcpt("reader1", stall)}).start(t))
		r.Timeouts.Silence, r.Timeouts.Rcpt = 60*time.Millisecond, 5*time.Second
		others := make(chan struct{})
		if wait {
			close(others)
		} else {
			r.Timeouts.Rcpt = 400 * time.Millisecond
		}
		s, began := &stream{envelopes: apart(1)}, time.Now()
		s.envelopes[0].Others = others
		r.Work(t.Context(), s)
		if took := time.Since(began); wait != (took < r.Timeouts.Rcpt) {
			t.Errorf("others wait: %v, and it ended after %v", wait, took)
		}
	}
}

// A reader who is known to end connections takes no relay down, nor makes it one of
// fewer connections.
func TestWhoIsKnownToEndConnectionsIsNoTroubleForThePool(t *testing.T) {
	for _, text := range []string{"421 4.3.2 closing", fin} {
		for _, alone := range []bool{true, false} {
			first, second := (&scripted{answer: always("RCPT", text)}).start(t), (&scripted{}).start(t)
			p := poolOf(&clock{}, first, second)
			for range 5 {
				s := &stream{envelopes: envelopes(1)}
				s.envelopes[0].Alone = alone
				p.Edition(1).Work(t.Context(), s)
			}
			if got := counts(first, second); (got[1][0] == 0) != alone {
				t.Errorf("%q, alone %v: %v", text, alone, got)
			}
		}
	}
}
