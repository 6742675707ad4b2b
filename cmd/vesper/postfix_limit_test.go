package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

// refusedDials is the largest part of our connections that a Postfix may refuse
// which greets fewer than we would like. The first ones, learning, don't count:
// they are how we get to know the limit.
const (
	refusedDials = 0.01
	learning     = 2 * connections
)

// One connection more is tried after every 200. A count that ended just there would
// take what that costs for the usual.
var postfixDials = flag.Int("postfix-dials", 300, "how many connections are made to a Postfix whose limit is known")

// manyMore is how many times so many are made where chance had more of the first ones refused.
const manyMore = 5

// TestAPostfixThatLimitsConnectionsRefusesFewOnceThatIsKnown has one process send
// edition after edition, each over connections of its own, to a Postfix that
// greets half of those that we would like.
func TestAPostfixThatLimitsConnectionsRefusesFewOnceThatIsKnown(t *testing.T) {
	t.Parallel()
	const readers = 12
	p := startPostfix(t, "smtpd_client_connection_count_limit = 4")
	n := faultyNewsroom(t, setting{port: p.port, connections: connections}, manyReaders(readers))
	evening := time.Date(2030, 1, 1, 18, 0, 0, 0, time.UTC)
	a := &app{
		env: none, stderr: io.Discard, configFile: filepath.Join(n.dir, "vesper.toml"),
		now: func() time.Time { return evening },
	}
	h, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	// A day passes with each edition, and no time in which a limit may have changed.
	h.relays.Now = time.Now
	began, sent := time.Now(), 0
	enough := func() bool {
		settled, refused := p.settled()
		few := float64(refused) <= refusedDials*float64(settled)
		return settled >= *postfixDials && few || settled >= manyMore**postfixDials
	}
	for !enough() {
		settled, _ := p.settled()
		if sent++; sent > manyMore**postfixDials {
			t.Fatalf("%d editions came to %d connections", sent, settled)
		}
		n.prints(t, sent, evening)
		d, err := a.decide(t.Context(), h, editionFlags{})
		if err != nil {
			t.Fatal(err)
		}
		if d, err = h.publisher.Open(t.Context(), d); err != nil || d.Refused() {
			t.Fatal(err, d.Refusal)
		}
		r, err := a.deliver(t.Context(), h, d.Record, false)
		if err != nil || r.State != digest.Done || r.Tally.Sent != readers {
			t.Fatalf("edition %s is %s with %d sent, %v; want done with %d", r.ID, r.State, r.Tally.Sent, err, readers)
		}
		evening = evening.AddDate(0, 0, 1)
	}
	p.wait(t, sent*readers)
	settled, refused := p.settled()
	t.Logf("%d editions in %v; %d connections once the limit could be known, %d of them refused", sent,
		time.Since(began), settled, refused)
	if float64(refused) > refusedDials*float64(settled) {
		t.Errorf("%d of %d connections were refused once the limit could be known", refused, settled)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refused == 0 {
		t.Error("none was refused before: there was no limit")
	}
}

// settled gives how many connections there were after the first ones, and how
// many of these Postfix refused.
func (p *postfix) settled() (settled, refused int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(0, p.dials-learning), p.late
}

// prints gives the desk an article that no edition has printed.
func (n *newsroom) prints(t *testing.T, number int, at time.Time) {
	t.Helper()
	article, err := os.ReadFile(filepath.Join(n.dir, "desk", "orlanda.txt"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(n.dir, "desk", fmt.Sprintf("day%d.txt", number))
	text := strings.Replace(string(article), "Orlanda Holds", fmt.Sprintf("Day %d: Orlanda Holds", number), 1)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}
