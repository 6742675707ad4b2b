package main

import (
	"fmt"
	"io"
	"path/filepath"
	"testing"
	"time"

	"vesper/digest/whole"
	"vesper/subscribers"
)

// TestKillsOfEveryKind kills what delivers a signed edition over two relays, one of
// which is down now and then, with letters beside it: a sending by hand and the
// service, by either policy for what is in doubt.
func TestKillsOfEveryKind(t *testing.T) {
	t.Parallel()
	for _, c := range whole.First(t, 2, [][2]string{
		{"send", "resend"}, {"serve", "hold"}, {"send", "hold"}, {"serve", "resend"},
	}) {
		by, inDoubt := c[0], c[1]
		t.Run(by+" "+inDoubt, func(t *testing.T) {
			t.Parallel()
			killEveryKind(t, by, inDoubt, (*killsFlag+3)/4)
		})
	}
}

func killEveryKind(t *testing.T, by, inDoubt string, times int) {
	readers := manyReaders(150 + 40*times)
	ws := witnesses{startOracle(t), startOracle(t)}
	n := faultyNewsroom(t, setting{
		port: ws[0].port, connections: connections, inDoubt: inDoubt,
		relay: secondRelay(ws[1].port, connections) + "[dkim]\ndomain = \"news.example\"\n",
	}, readers)
	n.run(t, "dkim", "new")
	n.openOnly(t)
	start := n.start
	if by == "serve" {
		start = n.startService
	}
	random, asked := moments(t), []string{}
	// What is held goes to nobody: not every message is there to be waited for.
	goal := len(readers) - times*(connections+1)
	kills := disturbance{ws, goal, times, random, func(t *testing.T) *sending {
		ws[0].has(t, []string{"", "", "greeting 1 rst", "mail 9 421 4.3.2 closing"}[random.IntN(4)])
		var now []string
		for range 3 {
			now = append(now, fmt.Sprintf("new%d@reader.example", len(asked)+len(now)))
		}
		n.signUp(t, now)
		asked = append(asked, now...)
		return start(t)
	}, (*sending).kill}.run(t)
	ws[0].has(t, "")
	n.rests(t, time.Now)

	e, doubts := ws.evidence(t, append(readers, asked...)), n.show(t).PossibleDuplicates
	t.Logf("%s, %s, %d readers, %d kills: %d repeats (%.1f a kill), %d different bytes", by, inDoubt, len(readers), kills,
		e.repeats, float64(e.repeats)/float64(max(1, kills)), e.different)
	if len(e.strangers) > 0 || e.different > 0 {
		t.Errorf("to strangers %v, %d repeats are not the same bytes", e.strangers, e.different)
	}
	// The letters have a connection of their own.
	if most := kills * (connections + 1); e.repeats > most || doubts > most || inDoubt == "hold" && e.repeats > 0 {
		t.Errorf("%d repeats, %d in doubt, after %d kills over %d connections", e.repeats, doubts, kills, connections)
	}
	n.account(t, ws)
	n.run(t, "edition", "verify", theEdition)
	if got := n.show(t); got.Sent+got.Unknown != len(readers) {
		t.Errorf("the edition has %+v, want everybody sent or unknown", sumsOf(got))
	}
	for _, o := range n.owings(t) {
		// A third doubt is too many for either policy.
		if inDoubt == "resend" && o.step == "unknown" && o.doubts < 2 {
			t.Errorf("%s is unknown after %d doubts", o.address, o.doubts)
		}
	}
}

// signUp has somebody ask for the edition on the page, for each address: a letter is
// due to it.
func (n *newsroom) signUp(t *testing.T, addresses []string) {
	t.Helper()
	a := &app{env: none, now: time.Now, stderr: io.Discard, configFile: filepath.Join(n.dir, "vesper.toml")}
	h, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	door := a.door(h, a.quiet())
	for _, address := range addresses {
		to, err := subscribers.ParseAddress(address)
		if err == nil {
			_, err = door.SignUp(t.Context(), subscribers.SignUp{Address: to, At: time.Now(), From: "192.0.2.1"})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := door.Answer(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// secondRelay gives the lines of another relay.
func secondRelay(port, connections int) string {
	return fmt.Sprintf("[[relay]]\nhost = \"127.0.0.1\"\nport = %d\ntls = \"none\"\nconnections = %d\n", port, connections)
}
