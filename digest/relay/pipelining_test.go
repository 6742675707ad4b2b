package relay_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/digest/relay"
)

// onlyFor answers one phase of the first envelope with one text.
func onlyFor(phase, address, text string) func(string, string) string {
	return func(p, line string) string {
		if p == phase && strings.Contains(line, address) {
			return text
		}
		return ""
	}
}

func TestARefusalInAPipelineEndsTheTransactionAndNoMore(t *testing.T) {
	for name, row := range map[string]struct {
		answer func(string, string) string
		eager  bool
		want   []digest.Class
		ends   digest.Class
		dials  int
	}{
		"the recipient, and DATA after it": {
			answer: onlyFor("RCPT", "reader1@", "550 5.1.1 no such mailbox"),
			want:   []digest.Class{digest.Permanent, digest.Accepted}, dials: 1,
		},
		"the recipient, but DATA is taken": {
			answer: onlyFor("RCPT", "reader1@", "550 5.1.1 no such mailbox"), eager: true,
			want: []digest.Class{digest.Permanent, digest.Accepted}, dials: 1,
		},
		"the recipient for now, but DATA is taken": {
			answer: onlyFor("RCPT", "reader1@", "450 4.2.0 greylisted"), eager: true,
			want: []digest.Class{digest.Transient, digest.Accepted}, dials: 1,
		},
		"the sender": {
			answer: always("MAIL", "550 5.7.1 no"), eager: true,
			want: []digest.Class{digest.Account}, ends: digest.Account, dials: 1,
		},
		"the sender for now": {
			answer: always("MAIL", "451 4.3.0 slowly"),
			want:   []digest.Class{digest.Pace}, ends: digest.Pace, dials: 1,
		},
		"the recipient, and the line breaks": {
			answer: func(phase, line string) string {
				if phase == "RCPT" && strings.Contains(line, "reader1@") {
					return "550 5.1.1 no such mailbox\r\n421 4.3.2 closing"
				}
				return ""
			},
			want: []digest.Class{digest.Permanent}, ends: digest.Session, dials: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := (&scripted{offers: []string{"PIPELINING"}, answer: row.answer, eager: row.eager}).start(t)
			s := &stream{envelopes: envelopes(2)}
			if end := plainTo(server).Work(t.Context(), s); end.Class != row.ends {
				t.Errorf("ended with %+v, want %q", end, row.ends)
			}
			if diff := cmp.Diff(row.want, s.classes(t)); diff != "" {
				t.Error(diff)
			}
			if dials, _ := server.count(); dials != row.dials {
				t.Errorf("%d connections, want %d", dials, row.dials)
			}
			for _, m := range server.taken() {
				if m.data != body {
					t.Errorf("the relay took %q", m.data)
				}
			}
		})
	}
}

func TestOffWaitsForEachReply(t *testing.T) {
	// What comes before the reply to a command is lost here.
	server := (&scripted{offers: []string{"PIPELINING"}, oneByOne: true}).start(t)
	r, s := plainTo(server), &stream{envelopes: envelopes(3)}
	r.Pipelining = relay.Off
	if end := r.Work(t.Context(), s); end.Class != "" {
		t.Errorf("ended with %+v", end)
	}
	if dials, dots := server.count(); dials != 1 || dots != 3 {
		t.Errorf("%d connections and %d messages, want 1 and 3", dials, dots)
	}
}

func TestWhatARelaySaysOfUsWinsOverHowTheLineEnds(t *testing.T) {
	for name, row := range map[string]struct {
		phase, text string
		want        digest.Class
	}{
		"the sender, and it hangs up":            {"MAIL", "550 5.7.1 no" + fin, digest.Account},
		"the login, and it hangs up":             {"MAIL", "530 5.7.0 log in first" + fin, digest.Account},
		"the login at RCPT, and it hangs up":     {"RCPT", "530 5.7.0 log in first" + fin, digest.Account},
		"the sender, and it closes":              {"MAIL", "550 5.7.1 no\r\n421 4.3.2 closing", digest.Account},
		"the sender, and it talks nonsense":      {"MAIL", "550 5.7.1 no\r\nwhat?", digest.Account},
		"the sender for now, and it hangs up":    {"MAIL", "451 4.3.0 slowly" + fin, digest.Pace},
		"the sender for now, and then it closes": {"MAIL", "451 4.3.0 slowly\r\n421 4.3.2 closing", digest.Pace},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := (&scripted{offers: []string{"PIPELINING"}, answer: always(row.phase, row.text)}).start(t)
			s := &stream{envelopes: envelopes(2)}
			if end := plainTo(server).Work(t.Context(), s); end.Class != row.want {
				t.Errorf("ended with %+v, want %q", end, row.want)
			}
			if diff := cmp.Diff([]digest.Class{row.want}, s.classes(t)); diff != "" {
				t.Error(diff)
			}
			if dials, _ := server.count(); dials != 1 {
				t.Errorf("%d connections, want 1", dials)
			}
		})
	}
}

func TestNoEmptyMessageReachesAReader(t *testing.T) {
	// A relay that refuses the sender and goes on as if it had not.
	careless := always("MAIL", "451 4.3.0 slowly\r\n250 2.1.5 Ok\r\n354 go ahead")
	server := (&scripted{offers: []string{"PIPELINING"}, answer: careless}).start(t)
	s := &stream{envelopes: envelopes(1)}
	if end := plainTo(server).Work(t.Context(), s); end.Class != digest.Pace {
		t.Errorf("ended with %+v, want pace", end)
	}
	if got := s.outcome(t, 1); got.Class != digest.Pace {
		t.Errorf("got %+v, want pace", got)
	}
	if slices.Contains(server.seen(), ".") {
		t.Error("a dot was sent")
	}
}

func TestPipeliningStaysWithinAMessage(t *testing.T) {
	server := (&scripted{offers: []string{"PIPELINING"}}).start(t)
	s := &stream{envelopes: envelopes(3)}
	s.before = func() {
		mails := 0
		for _, line := range server.seen() {
			if strings.HasPrefix(line, "MAIL") {
				mails++
			}
		}
		if _, dots := server.count(); dots != mails {
			t.Errorf("%d messages begun, %d ended when the next is asked for", mails, dots)
		}
	}
	if end := plainTo(server).Work(t.Context(), s); end.Class != "" {
		t.Errorf("ended with %+v", end)
	}
	if got := len(server.taken()); got != 3 {
		t.Errorf("%d messages, want 3", got)
	}
}
