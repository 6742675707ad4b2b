package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/digest/whole"
)

// blame is what a relay, or some readers' servers, refuse, and who is to fail for it.
type blame struct {
	name          string
	readers, dead []string
	// weathers are those of the relays, in the order of preference; flags are the latest
	// one's.
	weathers, flags []string
	// state is the edition's after a send, and why is in its reason.
	state, why string
	// taken is how many are sent to by then, at least.
	taken int
}

// within puts dead readers among living ones, from one place on.
func within(living, dead []string, at int) []string {
	return slices.Concat(living[:at], dead, living[at:])
}

// scattered spreads dead readers evenly among living ones.
func scattered(living, dead []string) []string {
	var all []string
	left := dead
	for n := len(living) + len(dead); len(all) < n; {
		if i := len(all) + 1; i*len(dead)/n > (i-1)*len(dead)/n {
			all, left = append(all, left[0]), left[1:]
			continue
		}
		all, living = append(all, living[0]), living[1:]
	}
	return all
}

// closed gives dead readers at a house that closed.
func closed(n int) []string {
	all := numbered("rcpt550", n)
	for i, r := range all {
		all[i] = strings.Replace(r, "reader.example", "closed.example", 1)
	}
	return all
}

// blameKinds is how many of the first blames have one of each kind.
const blameKinds = 7

func blames() []blame {
	alive := manyReaders(300)
	dead := numbered("rcpt550", 30)
	old := numbered("rcpt550", 180)
	small := []string{"-ehlo", "250-oracle.example\n250-PIPELINING\n250-8BITMIME\n250 SIZE 1000"}
	const denied = "554 5.7.1 Relay access denied"
	return []blame{
		// One of each kind. The relay is at fault in the first ones, and nobody is to fail.
		{
			name:    "access denied after 24",
			readers: alive[:200], weathers: []string{"rcpt +24 " + denied}, state: "paused", why: "Relay access denied",
			taken: 24,
		},
		{
			name:    "the message, after the first",
			readers: alive, weathers: []string{"data +1 554 5.7.1 looks like spam"}, state: "paused",
			why: "looks like spam", taken: 1,
		},
		{
			name:    "another relay after a limit",
			readers: alive[:200], weathers: []string{"dot +24 550 5.4.5 daily limit", ""}, state: "done", taken: 200,
		},
		{
			name:    "no relay takes messages of this size",
			readers: alive[:200], flags: small, state: "paused", why: "takes no more than 1000",
		},
		// Readers are at fault. What speaks of us is believed at a second try alone.
		{
			name:    "one server has something against us",
			readers: within(alive, numbered("rcpt571", 1), 150), dead: numbered("rcpt571", 1), state: "sending", taken: 300,
		},
		{
			name:    "30 scattered",
			readers: scattered(alive, dead), dead: dead, state: "done", taken: 300,
		},
		{
			name:    "a house that closed",
			readers: within(alive, closed(30), 40), dead: closed(30), state: "done", taken: 300,
		},
		// The same, said in other words or at another place: first of relays, then of readers.
		{
			name:    "access denied",
			readers: alive[:60], weathers: []string{"rcpt 1 " + denied}, state: "paused", why: "Relay access denied",
		},
		{
			name:    "access denied in plain words",
			readers: alive[:60], weathers: []string{"rcpt 1 550 relay not permitted"}, state: "paused", why: "relay not",
		},
		{
			name:    "a daily limit at the dot",
			readers: alive, weathers: []string{"dot +100 550 5.4.5 daily limit"}, state: "paused", why: "daily limit",
			taken: 100,
		},
		{
			name:    "two codes in turn",
			readers: alive, weathers: []string{"dot 1 550 no; 554 no"}, state: "paused", why: "the message",
		},
		{
			name:    "unknown, all of them",
			readers: alive[:60], weathers: []string{"rcpt 1 550 5.1.1 no such user"}, state: "paused", why: "no such user",
		},
		{
			name:    "another relay takes them",
			readers: alive[:200], weathers: []string{"rcpt +24 " + denied, ""}, state: "done", taken: 200,
		},
		{
			name:    "both relays refuse",
			readers: alive[:200], weathers: []string{"rcpt +24 " + denied, "rcpt +10 550 5.7.1 no"}, state: "paused",
			taken: 34,
		},
		{
			name:    "another relay takes no messages of this size",
			readers: alive[:200], weathers: []string{"dead +24 fin", ""}, flags: small, state: "sending", taken: 24,
		},
		{
			name:    "one server of two",
			readers: alive, weathers: []string{"backend 2 550 5.1.1 no such user"}, state: "done", taken: 300,
		},
		{
			name:    "one mailbox is full",
			readers: within(alive, numbered("rcpt552", 1), 150), dead: numbered("rcpt552", 1), state: "done", taken: 300,
		},
		{
			name:    "30 at the head",
			readers: within(alive, dead, 0), dead: dead, state: "done", taken: 300,
		},
		{
			name:    "60 of 100 dead",
			readers: scattered(alive[:120], old), dead: old, state: "done", taken: 120,
		},
		{
			name:    "a bad tail",
			readers: within(alive, dead, 300), dead: dead, state: "done", taken: 300,
		},
	}
}

// TestNobodyFailsForWhatTheRelayMeans sends by hand through relays that refuse us, the
// message or everybody, and to readers whose own servers refuse: nobody fails who can be
// reached, and all who can't do. What was paused is resumed when the relay is mended.
func TestNobodyFailsForWhatTheRelayMeans(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	for _, b := range whole.First(t, blameKinds, blames()) {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			w := witnesses{}
			s := setting{}
			for i := range max(1, len(b.weathers)) {
				if i < len(b.weathers)-1 {
					w = append(w, startOracle(t))
				} else {
					w = append(w, startOracle(t, b.flags...))
				}
				if s.port = w[0].port; i > 0 {
					s.relay += secondRelay(w[i].port, 8)
				}
				if i < len(b.weathers) {
					w[i].has(t, b.weathers[i])
				}
			}
			n := faultyNewsroom(t, s, b.readers)
			status, failed := exitPartly, 0
			if b.state == "done" {
				failed = len(b.dead)
			}
			if b.state == "done" && failed == 0 {
				status = exitDone
			}
			said := n.send(t, status)
			e := n.show(t)
			if string(e.State) != b.state || !strings.Contains(e.Reason, b.why) || e.Sent < b.taken || e.Failed != failed {
				t.Errorf("it is %s (%s) with %+v, want %s (%s), %d sent and %d failed\n%s", e.State, e.Reason, sumsOf(e),
					b.state, b.why, b.taken, failed, said)
			}
			if b.state != "done" {
				for _, one := range w {
					one.has(t, "")
				}
				if len(w) == 1 && b.flags != nil {
					w = append(w, startOracle(t))
					s.port = w[1].port
					n.configure(t, s)
				}
				if b.state == "paused" {
					n.run(t, "edition", "resume", theEdition)
				}
				status := exitDone
				if len(b.dead) > 0 {
					status = exitPartly
				}
				n.sendLater(t, 2*time.Hour, status)
			}
			n.adds(t, "done", sums{opened: len(b.readers), sent: len(b.readers) - len(b.dead), failed: len(b.dead)})
			n.account(t, w)
		})
	}
}
