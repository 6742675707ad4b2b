package relay_test

import (
	"strings"
	"testing"

	"vesper/digest"
)

// asks makes a control of these addresses.
func asks(addresses ...string) digest.Envelope {
	control := digest.Envelope{Delivery: digest.Delivery{Key: 99}}
	for _, a := range addresses {
		control.Control = append(control.Control, digest.Envelope{From: "bounces+abc@bounce.paper.example", To: a})
	}
	return control
}

// TestAControlMailsNobody asks a relay for readers, between two messages over one
// connection.
func TestAControlMailsNobody(t *testing.T) {
	for name, c := range map[string]struct {
		ask   []string
		class digest.Class
		asked int
	}{
		"the first is taken": {[]string{"a@reader.example", "b@reader.example"}, digest.Accepted, 1},
		"the last is taken": {
			[]string{"no1@reader.example", "no2@reader.example", "c@reader.example"}, digest.Accepted, 3,
		},
		"none is taken":        {[]string{"no1@reader.example", "no2@reader.example"}, digest.Permanent, 2},
		"none can be named":    {[]string{"jürgen@reader.example"}, digest.Local, 0},
		"one later, one never": {[]string{"no1@reader.example", "later@reader.example"}, digest.Transient, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := (&scripted{offers: []string{"PIPELINING"}, answer: func(phase, line string) string {
				switch {
				case phase == "RCPT" && strings.Contains(line, "<no"):
					return "550 5.1.1 no such user"
				case phase == "RCPT" && strings.Contains(line, "<later"):
					return "450 4.7.1 later"
				}
				return ""
			}}).start(t)
			all := envelopes(2)
			s := &stream{envelopes: []digest.Envelope{all[0], asks(c.ask...), all[1]}}
			if end := poolOf(&clock{}, server).Edition(1).Work(t.Context(), s); end.Class != "" {
				t.Fatalf("ended with %+v", end)
			}
			if got := s.settled[99]; len(got) != 1 || got[0].Class != c.class || got[0].Line != 1 || got[0].Relay == "" {
				t.Errorf("the control came to %+v, want %s", got, c.class)
			}
			if dials, _ := server.count(); dials != 1 || len(server.taken()) != 2 {
				t.Errorf("%d messages over %d connections", len(server.taken()), dials)
			}
			said := strings.Join(server.seen(), "\n")
			if n := strings.Count(said, "RCPT TO"); n != 2+c.asked {
				t.Errorf("%d recipients were named, want %d\n%s", n, 2+c.asked, said)
			}
			if n := strings.Count(said, "DATA"); n != 2 {
				t.Errorf("DATA was said %d times\n%s", n, said)
			}
		})
	}
}
