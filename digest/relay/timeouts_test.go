package relay

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEachPhaseIsWaitedForAsLongAsTheStandardSays(t *testing.T) {
	defaults := (&Relay{}).timeouts()
	for _, row := range []struct {
		phase     string
		got, want time.Duration
	}{
		{"TCP connection", defaults.Dial, 30 * time.Second},
		{"greeting", defaults.Greeting, 5 * time.Minute}, // RFC 5321 4.5.3.2.1
		{"MAIL", defaults.Mail, 5 * time.Minute},         // 4.5.3.2.2
		{"RCPT", defaults.Rcpt, 5 * time.Minute},         // 4.5.3.2.3
		{"DATA", defaults.Data, 2 * time.Minute},         // 4.5.3.2.4
		{"body", defaults.Body, 3 * time.Minute},         // 4.5.3.2.5
		{"a silence while others are answered for", defaults.Silence, 30 * time.Second},
		{"after the dot", defaults.Dot, 10 * time.Minute}, // 4.5.3.2.6
		{"QUIT", defaults.Quit, 5 * time.Second},
	} {
		if row.got != row.want {
			t.Errorf("%s: got %s, want %s", row.phase, row.got, row.want)
		}
	}
	own := Timeouts{Dial: 1, Greeting: 2, Mail: 3, Rcpt: 4, Data: 5, Body: 6, Dot: 7, Quit: 8, Silence: 9}
	if diff := cmp.Diff(own, (&Relay{Timeouts: own}).timeouts()); diff != "" {
		t.Errorf("those that are given: %s", diff)
	}
}

func TestACommandIsWaitedForAsItsPhaseSays(t *testing.T) {
	c := &conn{limits: (&Relay{}).timeouts()}
	for p, want := range map[phase]time.Duration{
		phaseMail:  5 * time.Minute,
		phaseRcpt:  5 * time.Minute,
		phaseData:  2 * time.Minute,
		phaseReset: 5 * time.Minute,
	} {
		if got := c.limit(p); got != want {
			t.Errorf("%s: got %s, want %s", p, got, want)
		}
	}
}
