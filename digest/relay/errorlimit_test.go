package relay_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"vesper/digest"
)

// readers are envelopes to living and unknown readers, and what became of them.
// What ends with the session alone is owed again.
type readers struct {
	mu       sync.Mutex
	owed     []digest.Envelope
	outcomes map[digest.Class]int
}

// mixed gives two unknown readers after every three living ones.
func mixed(living, unknown int) *readers {
	r := &readers{outcomes: map[digest.Class]int{}}
	for _, e := range envelopes(living + unknown) {
		if e.Delivery.Key%5 > 2 && unknown > 0 || living == 0 {
			e.To, unknown = "unknown-"+e.To, unknown-1
		} else {
			living--
		}
		r.owed = append(r.owed, e)
	}
	return r
}

func (r *readers) Next(ctx context.Context) (digest.Envelope, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.owed) == 0 || ctx.Err() != nil {
		return digest.Envelope{}, false
	}
	e := r.owed[0]
	r.owed = r.owed[1:]
	return e, true
}

func (r *readers) Ahead(ctx context.Context) (digest.Envelope, bool) { return r.Next(ctx) }

func (r *readers) Done() <-chan struct{} { return nil }

func (r *readers) Intended(context.Context, digest.Envelope) error { return nil }

func (r *readers) Settle(_ context.Context, e digest.Envelope, o digest.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outcomes[o.Class]++
	if o.Class == digest.Session {
		r.owed = append(r.owed, e)
	}
}

// work sends to all over so many connections of a pool, none of which may come to
// a bad end.
func (r *readers) work(t *testing.T, server *scripted, connections int) {
	t.Helper()
	p := poolOf(&clock{}, server)
	for len(r.owed) > 0 {
		var all sync.WaitGroup
		for range connections {
			all.Go(func() {
				if end := p.Edition(1).Work(t.Context(), r); end.Class != "" {
					t.Errorf("ended with %+v", end)
				}
			})
		}
		all.Wait()
	}
}

// reached checks what became of the readers.
func (r *readers) reached(t *testing.T, server *scripted, living, unknown int) {
	t.Helper()
	if r.outcomes[digest.Accepted] != living || r.outcomes[digest.Permanent] != unknown {
		t.Errorf("came to %v, want %d accepted and %d permanent", r.outcomes, living, unknown)
	}
	if got := len(server.taken()); got != living {
		t.Errorf("the relay took %d messages, want %d", got, living)
	}
}

// cuts is how many connections the server closed for their errors.
func (s *scripted) cuts() int { s.mu.Lock(); defer s.mu.Unlock(); return s.cutOff }

var (
	pipelined = map[string][]string{"one by one": nil, "pipelined": {"PIPELINING"}}
	unknown   = onlyFor("RCPT", "unknown-", "550 5.1.1 no such mailbox")
)

// TestNoRelayClosesForTheRecipientsItRefused sends to 90 living and 60 unknown
// readers.
func TestNoRelayClosesForTheRecipientsItRefused(t *testing.T) {
	for name, row := range map[string]struct {
		greeting                   string
		bears                      int
		instead, forgives, forgets bool
		dials                      int // over four connections
	}{
		"as Postfix: 20 errors since the last message": {bears: 20, forgives: true, dials: 14},
		"at the eleventh error":                        {bears: 11, dials: 14},
		"as chasquid: in place of the third":           {greeting: "ESMTP chasquid", bears: 3, instead: true, dials: 38},
		"never":                                        {dials: 14},
		"a refusal ends the transaction":               {bears: 20, forgets: true, dials: 14},
	} {
		for way, offers := range pipelined {
			t.Run(name+", "+way, func(t *testing.T) {
				t.Parallel()
				server := &scripted{
					offers: offers, bears: row.bears, instead: row.instead, forgives: row.forgives, forgets: row.forgets,
					answer: func(phase, line string) string {
						if phase == "greeting" && row.greeting != "" {
							return "220 relay.example " + row.greeting
						}
						return unknown(phase, line)
					},
				}
				server.start(t)
				r := mixed(90, 60)
				r.work(t, server, 4)
				r.reached(t, server, 90, 60)
				if got := server.cuts(); got != 0 {
					t.Errorf("%d connections were closed by the relay", got)
				}
				if dials, _ := server.count(); dials > row.dials {
					t.Errorf("%d connections, want no more than %d", dials, row.dials)
				}
				server.saidGoodbye(t)
			})
		}
	}
}

// saidGoodbye checks that every connection was left with QUIT.
func (s *scripted) saidGoodbye(t *testing.T) {
	t.Helper()
	dials, _ := s.count()
	goodbyes := 0
	for _, line := range s.seen() {
		if line == "QUIT" {
			goodbyes++
		}
	}
	if goodbyes != dials {
		t.Errorf("%d connections, %d times QUIT", dials, goodbyes)
	}
}

// TestALowLimitOfErrorsIsLearnedOnce has a relay of no name close early: that is
// nobody's fault, and no trouble.
func TestALowLimitOfErrorsIsLearnedOnce(t *testing.T) {
	for bears := 2; bears <= 8; bears++ {
		for _, instead := range []bool{false, true} {
			for way, offers := range pipelined {
				t.Run(fmt.Sprintf("%d, instead %t, %s", bears, instead, way), func(t *testing.T) {
					t.Parallel()
					server := (&scripted{offers: offers, bears: bears, instead: instead, answer: unknown}).start(t)
					r := mixed(30, 60)
					r.work(t, server, 1)
					r.reached(t, server, 30, 60)
					// The limit may be found in two steps: behind an error, and instead of one.
					if cuts := server.cuts(); cuts > 2 {
						t.Errorf("%d connections were closed by the relay", cuts)
					}
					if again := r.outcomes[digest.Session]; again > 1 {
						t.Errorf("%d envelopes were begun again, want no more than one", again)
					}
				})
			}
		}
	}
}
