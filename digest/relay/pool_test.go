package relay_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/digest/relay"
)

// clock is a time that only a test moves.
type clock struct{ passed atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC).Add(time.Duration(c.passed.Load()))
}

func (c *clock) pass(d time.Duration) { c.passed.Add(int64(d)) }

// ailing is a relay that answers a phase with a text while it is ill.
type ailing struct {
	*scripted
	ill atomic.Bool
}

func ail(t *testing.T, phase, text string) *ailing {
	a := &ailing{}
	a.ill.Store(true)
	a.scripted = &scripted{answer: func(p, _ string) string {
		if p == phase && a.ill.Load() {
			return text
		}
		return ""
	}}
	a.start(t)
	return a
}

func poolOf(c *clock, servers ...*scripted) *relay.Pool {
	p := &relay.Pool{Now: c.now}
	for _, s := range servers {
		p.Relays = append(p.Relays, plainTo(s))
	}
	return p
}

// at is how an outcome says that it is from a server, of several.
func at(s *scripted) string { return fmt.Sprintf("127.0.0.1:%d: ", s.port()) }

// counts gives how many connections and messages each server has had.
func counts(servers ...*scripted) [][2]int {
	var all [][2]int
	for _, s := range servers {
		dials, _ := s.count()
		all = append(all, [2]int{dials, len(s.taken())})
	}
	return all
}

func TestTheNextRelayTakesOverAndGivesWay(t *testing.T) {
	for name, row := range map[string]struct{ phase, text string }{
		"greeting": {"greeting", "554 5.3.2 no service"},
		"421":      {"greeting", "421 4.3.2 closing"},
		"EHLO":     {"EHLO", "421 4.3.2 closing"},
		"broken":   {"greeting", rst},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, second, c := ail(t, row.phase, row.text), (&scripted{}).start(t), &clock{}
			p := poolOf(c, first.scripted, second)
			work := func(pass time.Duration, want ...[2]int) {
				t.Helper()
				c.pass(pass)
				if end := p.Edition(1).Work(t.Context(), &stream{envelopes: envelopes(2)}); end.Class != "" {
					t.Errorf("ended with %+v", end)
				}
				if diff := cmp.Diff(want, counts(first.scripted, second)); diff != "" {
					t.Errorf("after %s more: connections and messages: %s", pass, diff)
				}
			}
			work(0, [2]int{1, 0}, [2]int{1, 2})
			work(4*time.Second, [2]int{1, 0}, [2]int{2, 4}) // left alone for 5 s
			work(time.Second, [2]int{2, 0}, [2]int{3, 6})   // tried again, and left alone for 10 s
			work(9*time.Second, [2]int{2, 0}, [2]int{4, 8})
			first.ill.Store(false)
			work(0, [2]int{2, 0}, [2]int{5, 10})
			work(time.Second, [2]int{3, 2}, [2]int{5, 10})
			work(0, [2]int{4, 4}, [2]int{5, 10})
		})
	}
}

func TestARelayThatIsBackIsUsedFromTheNextMessageOn(t *testing.T) {
	first, second, c := ail(t, "greeting", "554 5.3.2 no service"), (&scripted{}).start(t), &clock{}
	p := poolOf(c, first.scripted, second)
	s, asked := &stream{envelopes: envelopes(5)}, 0
	s.before = func() {
		if asked++; asked == 3 { // the third message goes over the second relay still
			first.ill.Store(false)
			c.pass(5 * time.Second)
		}
	}
	if end := p.Edition(1).Work(t.Context(), s); end.Class != "" {
		t.Errorf("ended with %+v", end)
	}
	for i, class := range s.classes(t) {
		if class != digest.Accepted {
			t.Errorf("envelope %d: got %s", i+1, class)
		}
	}
	if diff := cmp.Diff([][2]int{{2, 2}, {1, 3}}, counts(first.scripted, second)); diff != "" {
		t.Errorf("connections and messages: %s", diff)
	}
	if lines := second.seen(); lines[len(lines)-1] != "QUIT" {
		t.Errorf("the second relay was left with %q", lines[len(lines)-1])
	}
}

func TestOneConnectionFindsOutIfARelayIsBack(t *testing.T) {
	first, second, c := ail(t, "greeting", "554 5.3.2 no service"), (&scripted{}).start(t), &clock{}
	p := poolOf(c, first.scripted, second)
	p.Edition(1).Work(t.Context(), &stream{envelopes: envelopes(1)})
	c.pass(5 * time.Second)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() { p.Edition(1).Work(t.Context(), &stream{envelopes: envelopes(10)}) })
	}
	all.Wait()
	if dials, _ := first.count(); dials != 2 {
		t.Errorf("%d connections to the relay that is down, want 2", dials)
	}
	if got := len(second.taken()); got != 61 {
		t.Errorf("%d messages over the second, want 61", got)
	}
}

func TestAnotherRelayIsTriedBeforeAnybodyIsRefused(t *testing.T) {
	for name, row := range map[string]struct{ phase, text string }{
		"AUTH": {"AUTH", "535 5.7.8 wrong"},
		"MAIL": {"MAIL", "550 5.7.1 sender refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			first, second, c := ail(t, row.phase, row.text), ail(t, row.phase, "554 5.7.0 nor here"), &clock{}
			second.ill.Store(false)
			p := poolOf(c, first.scripted, second.scripted)
			p.Log = slog.New(slog.NewTextHandler(&log, nil))
			for _, r := range p.Relays {
				r.Username, r.Password = "desk", "secret"
			}
			first.offers, second.offers = []string{"AUTH PLAIN"}, []string{"AUTH PLAIN"}
			if end := p.Edition(1).Work(t.Context(), &stream{envelopes: envelopes(3)}); end.Class != "" {
				t.Errorf("ended with %+v", end)
			}
			said := log.String()
			if !strings.Contains(said, "account") || !strings.Contains(said, row.text) ||
				strings.Contains(said, "secret") {
				t.Errorf("the log says %s", said)
			}
			second.ill.Store(true)
			end := p.Edition(1).Work(t.Context(), &stream{envelopes: envelopes(3)})
			if end.Class != digest.Account ||
				!strings.HasSuffix(row.text, strings.TrimPrefix(end.Reply, at(first.scripted))) {
				t.Errorf("with both refusing: %+v, want account and what the first said", end)
			}
			second.ill.Store(false)
			first.ill.Store(false)
			if end := p.Edition(1).Work(t.Context(), &stream{envelopes: envelopes(3)}); end.Class != "" {
				t.Errorf("when all is well again: %+v", end)
			}
		})
	}
}

func TestWithEveryRelayDownTheFirstSaysWhy(t *testing.T) {
	first, second, c := ail(t, "greeting", "554 5.3.2 no service"), ail(t, "greeting", fin), &clock{}
	for _, p := range []*relay.Pool{poolOf(c, first.scripted, second.scripted), poolOf(c, first.scripted)} {
		for range 2 { // whoever calls has waited
			s := &stream{envelopes: envelopes(1)}
			want := digest.Outcome{Class: digest.Session, Code: 554, Enhanced: "5.3.2", Reply: "5.3.2 no service"}
			if len(p.Relays) > 1 {
				want.Reply = at(first.scripted) + want.Reply
			}
			if diff := cmp.Diff(want, p.Edition(1).Work(t.Context(), s)); diff != "" {
				t.Error(diff)
			}
			if s.next != 0 {
				t.Error("an envelope was taken")
			}
		}
	}
	if got := counts(first.scripted, second.scripted); got[0][0] != 4 || got[1][0] != 2 {
		t.Errorf("connections %v, want 4 and 2", got)
	}
	err := poolOf(c, first.scripted, second.scripted).Check(t.Context())
	if err == nil || strings.Count(err.Error(), "relay 127.0.0.1:") != 2 {
		t.Errorf("Check gives %v, want a reason for each", err)
	}
}

func TestWhoIsOneTooManyWaits(t *testing.T) {
	server, c := (&scripted{}).start(t), &clock{}
	p := poolOf(c, server)
	p.Relays[0].Connections = 1
	holding, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		s, once := &stream{envelopes: envelopes(1)}, sync.Once{}
		s.before = func() { once.Do(func() { close(holding); <-release }) }
		p.Edition(1).Work(t.Context(), s)
	})
	<-holding
	s := &stream{envelopes: envelopes(1), done: make(chan struct{})}
	close(s.done)
	if end := p.Edition(1).Work(t.Context(), s); end != (digest.Outcome{}) || s.next != 0 {
		t.Errorf("with nothing to begin: %+v", end)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if end := p.Edition(1).Work(stopped, &stream{envelopes: envelopes(1)}); end.Class != digest.Session {
		t.Errorf("when stopped: %+v, want session", end)
	}
	if dials, _ := server.count(); dials != 1 {
		t.Errorf("%d connections, want 1", dials)
	}
	all.Go(func() { p.Edition(1).Work(t.Context(), &stream{envelopes: envelopes(1)}) })
	close(release)
	all.Wait()
	if got := len(server.taken()); got != 2 {
		t.Errorf("%d messages, want 2: who waited has its turn", got)
	}
}

func TestAPoolsWrongSettingIsNamed(t *testing.T) {
	for want, p := range map[string]*relay.Pool{
		"no relay":         {},
		"relay 2":          {Relays: []*relay.Relay{{Host: "a.example", Port: 25}, {Host: "b.example"}}},
		"negative":         {Relays: []*relay.Relay{{Host: "a.example", Port: 25, Connections: -1}}},
		"AUTH mechanism":   {Relays: []*relay.Relay{{Host: "a.example", Port: 25, Username: "desk", Auth: "ntlm"}}},
		"but no user name": {Relays: []*relay.Relay{{Host: "a.example", Port: 25, Auth: "plain"}}},
	} {
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to say %q", err, want)
		}
		if end := p.Edition(1).Work(t.Context(), &stream{envelopes: envelopes(1)}); end.Class != digest.Account {
			t.Errorf("%s: work ended with %+v, want account", want, end)
		}
	}
}
