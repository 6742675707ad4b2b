package relay_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"vesper/digest"
	"vesper/digest/relay"
)

// said scripts a greeting and what follows EHLO, STARTTLS and AUTH.
func said(greeting, ehlo, auth string) func(string, string) string {
	return func(phase, _ string) string {
		return map[string]string{"greeting": greeting, "EHLO": ehlo, "AUTH": auth}[phase]
	}
}

func TestAReplyMayEndWithABareCode(t *testing.T) {
	for name, answer := range map[string]func(string, string) string{
		"a greeting":             said("220-This server\r\n220-watches you\r\n220", "", ""),
		"a greeting of one line": said("220", "", ""),
		"EHLO":                   said("", "250-sink\r\n250-AUTH PLAIN\r\n250-PIPELINING\r\n250", ""),
		"EHLO, a space":          said("", "250-sink\r\n250-AUTH PLAIN\r\n250 ", ""),
		"AUTH":                   said("", "", "235"),
		"AUTH, several lines":    said("", "", "235-2.7.0 welcome\r\n235"),
		"all, and line feeds":    said("220-a\n220", "250-sink\n250-auth plain\n250", "235-a\n235"),
		"tabs":                   said("220\thello", "250-sink\r\n250-AUTH\tPLAIN\r\n250\tSIZE\t90000", "235\tok"),
		"MAIL":                   always("MAIL", "250-a\r\n250"),
		"RCPT":                   always("RCPT", "250-a\r\n250"),
		"DATA":                   always("DATA", "354-a\r\n354"),
		"the dot":                always("dot", "250-2.0.0 Ok\r\n250"),
		"QUIT":                   always("QUIT", "221-a\r\n221"),
		"a refused reader's RSET": func(p, line string) string {
			switch {
			case p == "RCPT" && strings.Contains(line, "reader2@"):
				return "550-5.1.1 no\r\n550"
			case p == "RSET":
				return "250-a\r\n250"
			}
			return ""
		},
	} {
		for _, offered := range []string{"", "PIPELINING"} {
			t.Run(name+" "+offered, func(t *testing.T) {
				t.Parallel()
				offers := strings.Fields("AUTH=PLAIN " + offered)
				server := (&scripted{offers: offers, answer: answer}).start(t)
				r := plainTo(server)
				r.Username, r.Password = "desk", "secret"
				s := &stream{envelopes: envelopes(3)}
				if end := r.Work(t.Context(), s); end.Class != "" {
					t.Errorf("ended with %+v", end)
				}
				want := 3
				if strings.Contains(name, "refused") {
					want = 2
				}
				if got := len(server.taken()); got != want {
					t.Errorf("%d messages, want %d: %v", got, want, s.classes(t))
				}
			})
		}
	}
}

func TestWhatARelayOffersIsSeenInAnyCaseOfLetters(t *testing.T) {
	config, pool := authority(t)
	for name, lines := range map[string][]string{
		"lower":         {"starttls", "auth plain login", "size 90000", "pipelining", "8bitmime", "smtputf8"},
		"mixed":         {"StartTLS", "Auth Plain", "Size 90000", "Pipelining", "8bitMime", "SmtpUtf8"},
		"the old AUTH":  {"STARTTLS", "AUTH=LOGIN PLAIN", "SIZE 90000", "PIPELINING", "8BITMIME", "SMTPUTF8"},
		"AUTH twice":    {"STARTTLS", "AUTH GSSAPI", "SIZE 90000", "auth=plain", "8BITMIME", "SMTPUTF8"},
		"space and tab": {"STARTTLS ", " AUTH\tPLAIN\t", "SIZE  90000 ", "PIPELINING\t", "8BITMIME ", "SMTPUTF8\t"},
		"a bare end":    {"starttls", "Auth Plain", "SIZE 90000", "8BITMIME", "smtputf8", ""},
	} {
		for _, way := range []string{relay.None, relay.Required} {
			t.Run(name+" "+way, func(t *testing.T) {
				t.Parallel()
				// It says all of it inside TLS too, where STARTTLS means nothing.
				text := "250-sink\r\n250-" + strings.Join(lines[:5], "\r\n250-") + "\r\n250 " + lines[5]
				server := &scripted{tls: config, answer: always("EHLO", text)}
				r := plainTo(server.start(t))
				r.TLS, r.RootCAs, r.Username, r.Password = way, pool, "desk", "secret"
				s := &stream{envelopes: envelopes(1)}
				s.envelopes[0].To, s.envelopes[0].Data = "zoë@reader.example", []byte("Subject: zoë\r\n\r\nzoë\r\n")
				end := r.Work(t.Context(), s)
				got := s.outcome(t, 1)
				if end.Class != "" || got.Class != digest.Accepted {
					t.Errorf("ended with %+v and %+v", end, got)
				}
				lines := strings.Join(server.seen(), "\n")
				for _, want := range []string{
					plain("desk", "secret"),
					fmt.Sprintf("SIZE=%d SMTPUTF8 BODY=8BITMIME", len(s.envelopes[0].Data)),
				} {
					if !strings.Contains(lines, want) {
						t.Errorf("%q was not said:\n%s", want, lines)
					}
				}
				if way == relay.Required && !strings.Contains(strings.Join(server.encrypted(), "\n"), "MAIL FROM") {
					t.Error("the mail was not encrypted")
				}
			})
		}
	}
}

func TestARelayThatKnowsNoEHLOIsGreetedAsOfOld(t *testing.T) {
	for _, reply := range []string{"500 5.5.1 what?", "502 5.5.1 not here", "550"} {
		server := (&scripted{answer: func(phase, line string) string {
			if phase == "EHLO" && strings.HasPrefix(line, "EHLO") {
				return reply
			}
			return ""
		}}).start(t)
		s := &stream{envelopes: envelopes(1)}
		if end := plainTo(server).Work(t.Context(), s); end.Class != "" || len(server.taken()) != 1 {
			t.Errorf("%s: ended with %+v", reply, end)
		}
	}
}

func TestARelayIsToldWhoWeAre(t *testing.T) {
	machine, _ := os.Hostname()
	for _, name := range []string{"", "mail.news.example"} {
		want := []string{name}
		if name == "" {
			want = []string{machine, "[127.0.0.1]"}
		}
		server := (&scripted{}).start(t)
		r := plainTo(server)
		r.Hello = name
		if err := r.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		said, _ := strings.CutPrefix(server.seen()[0], "EHLO ")
		if !slices.Contains(want, said) || name == "" && !strings.Contains(said, ".") {
			t.Errorf("we said %q, want one of %q with a dot", said, want)
		}
	}
}

func TestNothingSaidBeforeTLSIsTakenForTheRelaysWord(t *testing.T) {
	config, pool := authority(t)
	server := (&scripted{
		tls: config, answer: always("STARTTLS", "220 go on\r\n250-evil\r\n250 AUTH PLAIN"),
	}).start(t)
	r := plainTo(server)
	r.TLS, r.RootCAs = relay.Required, pool
	s := &stream{envelopes: envelopes(1)}
	if end := r.Work(t.Context(), s); end.Class != digest.Session || s.next != 0 {
		t.Errorf("ended with %+v", end)
	}
}

func TestARelayIsToldGoodbyeWhereWeDoNotGoOn(t *testing.T) {
	for name, server := range map[string]*scripted{
		"no STARTTLS":    {offers: []string{"AUTH PLAIN"}},
		"no mechanism":   {offers: []string{"AUTH GSSAPI"}},
		"no AUTH":        {},
		"wrong password": {offers: []string{"AUTH PLAIN"}, answer: always("AUTH", "535 5.7.8 no")},
		"no service":     {answer: always("greeting", "554 5.3.2 no")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := plainTo(server.start(t))
			r.Username, r.Password = "desk", "secret"
			if name == "no STARTTLS" {
				r.TLS = relay.Required
			}
			if end := r.Work(t.Context(), &stream{envelopes: envelopes(1)}); end.Class == "" {
				t.Error("it went on")
			}
			if lines := server.seen(); len(lines) == 0 || lines[len(lines)-1] != "QUIT" {
				t.Errorf("the last word was not QUIT: %q", lines)
			}
		})
	}
}
