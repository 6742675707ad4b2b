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

	"vesper/digest"
	"vesper/digest/relay"
)

// everybody sends to all readers over so many connections, and gives the ends that
// the caller heard of.
func everybody(t *testing.T, p *relay.Pool, q *queue, workers int) (ends []digest.Outcome) {
	t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for {
				end := p.Edition(1).Work(t.Context(), share{q})
				if end.Class == "" {
					return
				}
				mu.Lock()
				ends = append(ends, end)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return ends
}

func onceEach(t *testing.T, readers int, servers ...*scripted) {
	t.Helper()
	taken := map[string]int{}
	for _, s := range servers {
		for _, m := range s.taken() {
			taken[m.to]++
		}
	}
	for _, e := range envelopes(readers) {
		if taken[e.To] != 1 {
			t.Errorf("%s got %d messages", e.To, taken[e.To])
		}
	}
}

// TestARelayThatTakesSoManyMessagesASessionIsNoTrouble ends every session after
// ten messages, in each of the ways.
func TestARelayThatTakesSoManyMessagesASessionIsNoTrouble(t *testing.T) {
	const most = 10
	for name, row := range map[string]struct {
		farewell string
		early    bool
	}{
		"421":               {"421 4.7.0 too many messages", false},
		"421 and FIN":       {"421 4.7.0 too many messages" + fin, false},
		"421, early":        {"421 4.7.0 too many messages" + fin, true},
		"550":               {"550 5.5.0 too many messages", false},
		"550 and FIN":       {"550 5.5.0 too many messages" + fin, false},
		"554 and 421":       {"554 5.5.0 too many\r\n421 4.7.0 bye" + fin, false},
		"FIN":               {fin, false},
		"RST":               {rst, false},
		"FIN, early":        {fin, true},
		"RST, early":        {rst, true},
		"451, from then on": {"451 4.7.1 too many messages", false},
	} {
		for _, offers := range [][]string{nil, {"PIPELINING"}} {
			for _, workers := range []int{1, 8} {
				t.Run(fmt.Sprint(name, offers, workers), func(t *testing.T) {
					t.Parallel()
					readers := 50 * workers
					server := &scripted{offers: offers, most: most, farewell: row.farewell, early: row.early}
					server.start(t)
					var log bytes.Buffer
					p := poolOf(&clock{}, server)
					p.Relays[0].Connections = workers + 1
					p.Relays[0].Log = slog.New(slog.NewTextHandler(&log, nil))
					p.Log = p.Relays[0].Log
					q := owed(readers)
					ends := everybody(t, p, q, workers)
					onceEach(t, readers, server)
					if bound := map[bool]int{true: 1, false: 0}[strings.HasPrefix(name, "451")]; len(ends) > bound {
						t.Errorf("the caller heard of %+v", ends)
					}
					// Each connection may learn it for itself. Before an early end there is no
					// time to say goodbye.
					server.mu.Lock()
					ended, dials := server.ended, server.dials
					server.mu.Unlock()
					if ended < 2 || ended > workers+1 && !row.early {
						t.Errorf("the relay ended %d sessions, want 2 to %d", ended, workers+1)
					}
					if dials < readers/most || dials > readers/most+2*workers {
						t.Errorf("%d connections for %d messages", dials, readers)
					}
					if strings.Count(log.String(), "messages=10") != 1 {
						t.Errorf("want it to be said once:\n%s", log.String())
					}
				})
			}
		}
	}
}

func TestALimitOfMessagesThatIsNoMoreIsForgotten(t *testing.T) {
	server := (&scripted{most: 3, farewell: "421 4.7.0 enough"}).start(t)
	c := &clock{}
	p := poolOf(c, server)
	p.Relays[0].Now = c.now
	everybody(t, p, owed(30), 1)
	server.mu.Lock()
	before := server.dials
	server.most = 0
	server.mu.Unlock()
	everybody(t, p, &queue{rest: envelopes(6), owed: 6, clock: &clock{}}, 1)
	if dials, _ := server.count(); dials != before+3 {
		t.Errorf("%d connections, want 3 more than %d", dials, before)
	}
	c.pass(time.Hour)
	everybody(t, p, &queue{rest: envelopes(60), owed: 60, clock: &clock{}}, 1)
	if dials, _ := server.count(); dials != before+4 {
		t.Errorf("%d connections, want 4 more than %d", dials, before)
	}
}

// idling is a stream whose connection has nothing to do for a while now and then.
type idling struct {
	share
	// before is called when an envelope is asked for, after when one is settled.
	before, after func()
}

func (i idling) Next(ctx context.Context) (digest.Envelope, bool) {
	i.before()
	return i.share.Next(ctx)
}

func (i idling) Settle(ctx context.Context, e digest.Envelope, o digest.Outcome) {
	i.share.Settle(ctx, e, o)
	i.after()
}

// TestARelayThatEndsAnIdleConnectionIsNoTrouble closes connections that have
// nothing to do, before their first message and later.
func TestARelayThatEndsAnIdleConnectionIsNoTrouble(t *testing.T) {
	for _, farewell := range []string{"421 4.4.2 idle for too long\r\n", ""} {
		server, c := (&scripted{}).start(t), &clock{}
		p, q := poolOf(c, server), owed(6)
		var log bytes.Buffer
		p.Log = slog.New(slog.NewTextHandler(&log, nil))
		p.Relays[0].Log, p.Relays[0].Now = p.Log, c.now
		asked, settled := 0, 0
		idle := func() {
			c.pass(6 * time.Second)
			server.hangUp(farewell)
		}
		s := idling{
			share: share{q},
			before: func() {
				if asked++; asked == 1 || asked == 4 {
					idle()
				}
			},
			after: func() {
				if settled++; settled == 3 || settled == 4 {
					idle()
				}
			},
		}
		if end := p.Edition(1).Work(t.Context(), s); end.Class != "" {
			t.Errorf("%q: ended with %+v", farewell, end)
		}
		onceEach(t, 6, server)
		if dials, _ := server.count(); dials != 4 || log.Len() > 0 {
			t.Errorf("%q: %d connections, want 4; the log says %q", farewell, dials, log.String())
		}
	}
}

// TestARelayThatHangsUpBehindALookIsNoTrouble closes a connection that was looked at a moment
// before, while the next message is picked: that is not looked at again, so MAIL goes out.
func TestARelayThatHangsUpBehindALookIsNoTrouble(t *testing.T) {
	for _, farewell := range []string{"421 4.4.2 going down\r\n", ""} {
		server, q, asked := (&scripted{}).start(t), owed(6), 0
		p := poolOf(&clock{}, server)
		s := idling{
			share: share{q},
			before: func() {
				if asked++; asked == 3 {
					server.hangUp(farewell)
				}
			},
			after: func() {},
		}
		if end := p.Edition(1).Work(t.Context(), s); end.Class != "" {
			t.Errorf("%q: ended with %+v", farewell, end)
		}
		onceEach(t, 6, server)
		if dials, _ := server.count(); dials != 2 {
			t.Errorf("%q: %d connections, want 2", farewell, dials)
		}
	}
}

// TestAnEndAtOnceIsTrouble has a relay hang up on each connection before it has
// carried anything: that must not go round and round.
func TestAnEndAtOnceIsTrouble(t *testing.T) {
	for _, offers := range [][]string{nil, {"PIPELINING"}} {
		for _, text := range []string{fin, rst, "421 4.7.0 too many messages", "421 4.7.0 no" + fin} {
			server := (&scripted{offers: offers, answer: always("MAIL", text)}).start(t)
			s := &stream{envelopes: envelopes(2)}
			end := poolOf(&clock{}, server).Edition(1).Work(t.Context(), s)
			if got := s.outcome(t, 1); end.Class != digest.Session || got.Blameless {
				t.Errorf("%q: ended with %+v and %+v", text, end, got)
			}
			if dials, _ := server.count(); dials != 1 {
				t.Errorf("%q: %d connections, want 1", text, dials)
			}
		}
	}
}

// TestAnAccountThatIsRefusedInTheMiddleIsRefused has the relay refuse the sender
// from some message on, over every connection.
func TestAnAccountThatIsRefusedInTheMiddleIsRefused(t *testing.T) {
	var mails atomic.Int64
	server := (&scripted{answer: func(phase, _ string) string {
		if phase == "MAIL" && mails.Add(1) > 5 {
			return "550 5.4.5 daily limit exceeded"
		}
		return ""
	}}).start(t)
	s := &stream{envelopes: envelopes(20)}
	end := poolOf(&clock{}, server).Edition(1).Work(t.Context(), s)
	if end.Class != digest.Account || end.Code != 550 {
		t.Errorf("ended with %+v, want account", end)
	}
	if got := s.classes(t); got[5] != digest.Session || got[6] != digest.Account || len(got) != 7 {
		t.Errorf("got %v", got)
	}
	if dials, _ := server.count(); dials != 2 {
		t.Errorf("%d connections, want 2", dials)
	}
}

// TestARelayThatLosesWhatIsSentTogetherIsSpokenToOneByOne has a relay that offers
// PIPELINING and throws away what it has not read yet.
func TestARelayThatLosesWhatIsSentTogetherIsSpokenToOneByOne(t *testing.T) {
	server := (&scripted{offers: []string{"PIPELINING"}, oneByOne: true}).start(t)
	p, q := poolOf(&clock{}, server), owed(20)
	impatient(&p.Relays[0].Timeouts, "RCPT")
	var log bytes.Buffer
	p.Relays[0].Log = slog.New(slog.NewTextHandler(&log, nil))
	if ends := everybody(t, p, q, 1); len(ends) != 1 {
		t.Errorf("the caller heard of %+v, want the first silence", ends)
	}
	onceEach(t, 20, server)
	if dials, _ := server.count(); dials != 3 || strings.Count(log.String(), "pipelined") != 1 {
		t.Errorf("%d connections, want 3; the log says %q", dials, log.String())
	}
}
