package relay_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"vesper/digest/relay"
)

// where is a configuration in which each option has a line of its own.
func where(option string) string { return "vesper.toml, " + option }

// TestAReasonHasTheRelaysWordsAndALineToLookAt holds what is said of a relay that we
// can't send through against its words and the option that may be wrong.
func TestAReasonHasTheRelaysWordsAndALineToLookAt(t *testing.T) {
	config, _ := authority(t)
	for name, row := range map[string]struct {
		server *scripted
		tls    string
		want   string
	}{
		"no STARTTLS": {
			&scripted{offers: []string{"AUTH PLAIN"}}, relay.Required,
			"the relay offers no STARTTLS on port {port} (look at vesper.toml, tls)",
		},
		"a wrong password": {
			&scripted{offers: []string{"AUTH PLAIN"}, answer: always("AUTH", "535 5.7.8 who is desk@paper.example?")},
			relay.None, "535 5.7.8 who is <…> (look at vesper.toml, password)",
		},
		"no mechanism": {
			&scripted{offers: []string{"AUTH GSSAPI"}}, relay.None,
			"the relay offers no AUTH mechanism that is known here (look at vesper.toml, auth)",
		},
		"the sender": {
			&scripted{offers: []string{"AUTH PLAIN"}, answer: always("MAIL", "550 5.7.1 <b@paper.example> is not yours")},
			relay.None, "550 5.7.1 <…> is not yours (look at vesper.toml, return_path)",
		},
		"no login": {
			&scripted{offers: []string{"AUTH PLAIN"}, answer: always("MAIL", "530 5.7.0 log in")},
			relay.None, "530 5.7.0 log in (look at vesper.toml, username)",
		},
		"no TLS": {
			&scripted{offers: []string{"AUTH PLAIN"}, answer: always("MAIL", "530 5.7.0 say STARTTLS first")},
			relay.None, "530 5.7.0 say STARTTLS first (look at vesper.toml, tls)",
		},
		"no service": {&scripted{answer: always("greeting", "554")}, relay.None, "554"},
		"TLS that is none": {
			&scripted{offers: []string{"STARTTLS"}, answer: always("STARTTLS", "220 go on\r\n220 go on")}, relay.Required,
			"the relay sent something between STARTTLS and TLS",
		},
		"an authority": {
			&scripted{tls: config}, relay.Required,
			"certificate of 127.0.0.1 is signed by an unknown authority: itself",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			p := &relay.Pool{Relays: []*relay.Relay{plainTo(row.server.start(t))}}
			p.Log = slog.New(slog.NewTextHandler(&log, nil))
			r := p.Relays[0]
			r.TLS, r.Username, r.Password, r.Where = row.tls, "desk", "secret", where
			if name == "no service" {
				r.Where = nil
			}
			end := p.Edition(1).Work(t.Context(), &stream{envelopes: envelopes(1)})
			want := strings.ReplaceAll(row.want, "{port}", fmt.Sprint(r.Port))
			if got := end.Reason(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if !strings.Contains(log.String(), strings.ReplaceAll(want, `"`, `\"`)) || strings.Contains(log.String(), "@") {
				t.Errorf("want the log to say %q:\n%s", want, log.String())
			}
		})
	}
}

// TestATLSPortThatIsSpokenToInPlainTextSaysSo waits for a greeting at a port that
// waits for TLS: for less than 5 s.
func TestATLSPortThatIsSpokenToInPlainTextSaysSo(t *testing.T) {
	config, pool := authority(t)
	for _, way := range []string{relay.None, relay.Required} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			r := plainTo((&scripted{tls: config, implicit: true}).start(t))
			r.TLS, r.RootCAs, r.Where = way, pool, where
			r.Timeouts.Greeting = 5 * time.Minute
			began := time.Now()
			err := r.Check(t.Context())
			const want = `from the start: that is tls = "implicit" (look at vesper.toml, tls)`
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v", err)
			}
			t.Logf("after %s", time.Since(began))
		})
	}
}

// TestASlowGreetingIsWaitedFor greets late, and never answers TLS.
func TestASlowGreetingIsWaitedFor(t *testing.T) {
	t.Parallel()
	var once sync.Once
	asked := make(chan struct{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() {
		first, err := l.Accept()
		if err != nil {
			return
		}
		defer first.Close()
		second, err := l.Accept()
		if err != nil {
			return
		}
		// A plain SMTP server says nothing yet, takes what comes, and hangs up.
		_, _ = second.Read(make([]byte, 1000))
		_ = second.Close()
		once.Do(func() { close(asked) })
		_, _ = io.WriteString(first, "220 at last\r\n")
		buffer := make([]byte, 1000)
		if _, err := first.Read(buffer); err == nil {
			_, _ = io.WriteString(first, "250 relay.example\r\n")
		}
		_, _ = first.Read(buffer)
		_, _ = io.WriteString(first, "221 bye\r\n")
	})
	r := &relay.Relay{
		Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: relay.None, Hello: "paper.example", Timeouts: patient,
	}
	if err := r.Check(t.Context()); err != nil {
		t.Errorf("got %v", err)
	}
	select {
	case <-asked:
	default:
		t.Error("it was not looked whether the port speaks TLS")
	}
}
