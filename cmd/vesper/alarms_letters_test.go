package main

import (
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

func TestAllIsNotWellWhileLettersWaitForTenMinutes(t *testing.T) {
	n := newNewsroom(t, 0)
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	a, h := n.house(t, func() time.Time { return now })
	l := digest.Letter{Kind: digest.Confirmation, Address: "ada@reader.example", Bytes: []byte("Hello\r\n")}
	if _, err := h.outbox.Post(t.Context(), l, now); err != nil {
		t.Fatal(err)
	}
	const want = "1 letter is waiting, the oldest since "
	look := a.letterAlarms(h)
	for _, c := range []struct {
		after time.Duration
		want  string
	}{{9 * time.Minute, ""}, {10 * time.Minute, "letters"}} {
		now = now.Truncate(time.Hour).Add(c.after)
		got, err := look(t.Context())
		if err != nil || kindsOf(got) != c.want {
			t.Errorf("after %v: got %+v, %v, want %q", c.after, got, err, c.want)
		}
		s, err := a.standing(t.Context(), h)
		if err != nil || strings.HasPrefix(s.behind, want) != (c.want != "") {
			t.Errorf("after %v: status says %+v, %v", c.after, s, err)
		}
	}
}

// While no service runs no relay is asked: that letters were due then is nothing to ring for when it begins.
func TestAServiceThatBeginsAnewIsGivenTimeForItsLetters(t *testing.T) {
	n := newNewsroom(t, 0)
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	a, h := n.house(t, func() time.Time { return now })
	l := digest.Letter{Kind: digest.Confirmation, Address: "ada@reader.example", Bytes: []byte("Hello\r\n")}
	if _, err := h.outbox.Post(t.Context(), l, now.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	look := a.letterAlarms(h)
	for _, want := range []string{"", "letters"} {
		if got, err := look(t.Context()); err != nil || kindsOf(got) != want {
			t.Errorf("at %v: got %+v, %v, want %q", now, got, err, want)
		}
		now = now.Add(lettersTried)
	}
}

// A machine that stands by and has a relay of its own has a service that runs.
func TestOfARelayThatTheHolderHasNotNothingIsKnown(t *testing.T) {
	s := &standing{zone: time.UTC}
	r := relayStanding{RelayState: digest.RelayState{Name: "smtp.news.example:587"}}
	if got := s.relayLine(r); !strings.HasSuffix(got, "since no service is running that tells") {
		t.Errorf("got %q", got)
	}
	r.others = true
	if got := s.relayLine(r); !strings.HasSuffix(got, "since the machine that has the lock has other relays") {
		t.Errorf("got %q", got)
	}
}
