package relay_test

import (
	"context"
	"net"
	"testing"

	"vesper/digest"
	"vesper/digest/relay"
)

// TestNobodyWaitsForAGreetingOnceThereIsNothingToBegin stops while a relay has
// taken the connection and says nothing.
func TestNobodyWaitsForAGreetingOnceThereIsNothingToBegin(t *testing.T) {
	type worker interface {
		Work(ctx context.Context, s digest.Stream) digest.Outcome
	}
	for name, worker := range map[string]func(*relay.Pool) worker{
		"relay":      func(p *relay.Pool) worker { return p.Relays[0] },
		"an edition": func(p *relay.Pool) worker { return p.Edition(1) },
		"letters":    func(p *relay.Pool) worker { return p.Letters() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			port := l.Addr().(*net.TCPAddr).Port
			r := &relay.Relay{Host: "127.0.0.1", Port: port, TLS: relay.None, Connections: 2, Timeouts: patient}
			s := &stream{envelopes: envelopes(1), done: make(chan struct{})}
			ended := make(chan digest.Outcome, 1)
			go func() { ended <- worker(&relay.Pool{Relays: []*relay.Relay{r}}).Work(t.Context(), s) }()
			silent, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer silent.Close()
			close(s.done)
			if out := <-ended; out.Class != "" || s.next != 0 {
				t.Errorf("got %+v with %d envelopes taken", out, s.next)
			}
		})
	}
}

// TestAConnectionThatIsNotWantedAnyMoreIsLeftWithQuit stops while the relay is
// being spoken to.
func TestAConnectionThatIsNotWantedAnyMoreIsLeftWithQuit(t *testing.T) {
	for _, stopped := range []string{"greeting", "EHLO", "AUTH"} {
		t.Run(stopped, func(t *testing.T) {
			s := &stream{done: make(chan struct{})}
			server := (&scripted{offers: []string{"AUTH PLAIN"}, answer: func(phase, _ string) string {
				if phase == stopped {
					close(s.done)
				}
				return ""
			}}).start(t)
			r := plainTo(server)
			r.Username, r.Password = "desk", "secret"
			pool := &relay.Pool{Relays: []*relay.Relay{r}}
			if out := pool.Edition(1).Work(t.Context(), s); out.Class != "" {
				t.Errorf("ended with %+v", out)
			}
			lines := server.seen()
			if len(lines) == 0 || lines[len(lines)-1] != "QUIT" {
				t.Errorf("the relay was left after %q", lines)
			}
		})
	}
}
