package relay_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vesper/digest"
)

func TestDataWaitsOnceARecipientWasRefused(t *testing.T) {
	server := (&scripted{offers: []string{"PIPELINING"}, answer: unknown}).start(t)
	r := plainTo(server)
	s := &stream{envelopes: envelopes(1100)}
	s.envelopes[0].To = "unknown-1@reader.example"
	s.envelopes[1].To = "unknown-2@reader.example"
	s.envelopes[1099].To = "unknown-3@reader.example"
	// after counts the lines from the RCPT to a reader up to the next MAIL.
	var after []int
	if end := r.Work(t.Context(), s); end.Class != "" {
		t.Fatalf("ended with %+v", end)
	}
	lines := server.seen()
	for i, line := range lines {
		if strings.HasPrefix(line, "RCPT TO:<unknown-") {
			n := slices.IndexFunc(lines[i+1:], func(l string) bool { return l == "RSET" || l == "QUIT" })
			after = append(after, n)
		}
	}
	// DATA came behind the first, and again when 1,000 had been taken since.
	if !slices.Equal(after, []int{1, 0, 1}) {
		t.Errorf("commands behind the refused recipients %v, want 1, 0, 1", after)
	}
}

// TestTooManyErrorsIsNoWordOnWhatIsUnderWay has relays say it in all ways, after
// one recipient was refused.
func TestTooManyErrorsIsNoWordOnWhatIsUnderWay(t *testing.T) {
	for _, row := range []struct{ phase, text string }{
		{"RSET", "421 4.7.0 mx.example Error: too many errors" + fin},
		{"RSET", "554 Too many nonmail commands" + fin},
		{"MAIL", "421 4.7.0 Too many bad commands; closing connection" + fin},
		{"MAIL", "554 Too many syntax or protocol errors" + fin},
		{"MAIL", "421 4.7.0 Too many errors on this connection, closing transmission channel" + fin},
		{"RCPT", "421 4.5.0 Too many errors, bye" + fin},
		{"RCPT", "550 5.7.1 Too many invalid recipients"},
		{"RCPT", "452 4.7.1 Error limit exceeded"},
		{"DATA", "421 too many unknown users" + fin},
	} {
		t.Run(row.phase+" "+row.text, func(t *testing.T) {
			t.Parallel()
			var once sync.Once
			var refused atomic.Bool
			server := (&scripted{answer: func(phase, line string) string {
				if text := unknown(phase, line); text != "" {
					refused.Store(true)
					return text
				}
				text := ""
				if refused.Load() && phase == row.phase {
					once.Do(func() { text = row.text })
				}
				return text
			}}).start(t)
			r := mixed(4, 1)
			r.owed[0], r.owed[3] = r.owed[3], r.owed[0]
			r.work(t, server, 1)
			r.reached(t, server, 4, 1)
			if dials, _ := server.count(); dials != 2 {
				t.Errorf("%d connections, want 2", dials)
			}
		})
	}
}

func TestTooManyErrorsOfAConnectionWithoutAnyIsTrouble(t *testing.T) {
	for phase, want := range map[string]digest.Class{"MAIL": digest.Account, "RCPT": digest.Permanent} {
		server := (&scripted{answer: always(phase, "550 5.7.1 Too many errors from your address")}).start(t)
		s := &stream{envelopes: envelopes(1)}
		plainTo(server).Work(t.Context(), s)
		if got := s.outcome(t, 1); got.Class != want {
			t.Errorf("%s: got %+v, want %s", phase, got, want)
		}
	}
}

// TestATarpitIsLeftAtItsFirstSlowRefusal has a relay answer as Courier does.
func TestATarpitIsLeftAtItsFirstSlowRefusal(t *testing.T) {
	for way, offers := range pipelined {
		t.Run(way, func(t *testing.T) {
			c := &clock{}
			var mu sync.Mutex
			slow := time.Duration(0)
			server := (&scripted{offers: offers, answer: func(phase, line string) string {
				mu.Lock()
				defer mu.Unlock()
				text := unknown(phase, line)
				switch {
				case phase == "greeting":
					slow = 4 * time.Second
				case text != "":
					slow *= 2
					c.pass(slow)
				}
				return text
			}}).start(t)
			r := plainTo(server)
			r.Now = c.now
			began, s := c.now(), &stream{envelopes: envelopes(10)}
			for i := range 5 {
				s.envelopes[2*i].To = fmt.Sprintf("unknown-%d@reader.example", i)
			}
			if end := r.Work(t.Context(), s); end.Class != "" {
				t.Fatalf("ended with %+v", end)
			}
			if took := c.now().Sub(began); took != 5*8*time.Second {
				t.Errorf("it took %v, want 40s", took)
			}
			if got := len(server.taken()); got != 5 {
				t.Errorf("%d messages were taken, want 5", got)
			}
			server.saidGoodbye(t)
		})
	}
}

// TestASlowAcceptanceIsNoTarpit has a relay think long over each living reader.
func TestASlowAcceptanceIsNoTarpit(t *testing.T) {
	c := &clock{}
	server := (&scripted{answer: func(phase, _ string) string {
		if phase == "RCPT" {
			c.pass(8 * time.Second)
		}
		return ""
	}}).start(t)
	r := plainTo(server)
	r.Now = c.now
	if end := r.Work(t.Context(), &stream{envelopes: envelopes(5)}); end.Class != "" {
		t.Errorf("ended with %+v", end)
	}
	if dials, _ := server.count(); dials != 1 {
		t.Errorf("%d connections, want 1", dials)
	}
}

func TestNoResetIsSentWhereNothingIsOpenOrToCome(t *testing.T) {
	for name, row := range map[string]struct {
		eager    bool
		greeting string
		want     string // behind the refused recipient
	}{
		"the transaction is open":      {false, "", "DATA RSET MAIL RCPT DATA QUIT"},
		"a lone dot has ended it":      {true, "", "DATA MAIL RCPT DATA QUIT"},
		"the connection is to be left": {false, "220 mx.example ESMTP chasquid", "DATA QUIT EHLO MAIL RCPT DATA QUIT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := (&scripted{offers: []string{"PIPELINING"}, eager: row.eager, answer: func(phase, line string) string {
				if phase == "greeting" {
					return row.greeting
				}
				return unknown(phase, line)
			}}).start(t)
			s := &stream{envelopes: envelopes(2)}
			s.envelopes[0].To = "unknown-1@reader.example"
			if end := plainTo(server).Work(t.Context(), s); end.Class != "" {
				t.Fatalf("ended with %+v", end)
			}
			var verbs []string
			for _, line := range server.seen() {
				verb, _, _ := strings.Cut(line, " ")
				verbs = append(verbs, verb)
			}
			_, got, _ := strings.Cut(strings.Join(verbs, " "), "RCPT ")
			if got != row.want {
				t.Errorf("the commands were %s, want %s", got, row.want)
			}
		})
	}
}
