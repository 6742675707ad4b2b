package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// writes writes the article of the so-manyth edition: none is printed twice.
func (c *chaos) writes(t *testing.T, number int) {
	t.Helper()
	article, err := samples.ReadFile("samples/orlanda-holds-interest-rates-as-prices-ease.txt")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(c.dir, "desk", fmt.Sprintf("story%d.txt", number))
	article = bytes.Replace(article, []byte("as Prices Ease"), fmt.Appendf(nil, "for the %d. Time", number), 1)
	if err := os.WriteFile(path, article, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
}

// over waits until all editions are done. A relay that closed connections is tried after five
// minutes at the latest.
func (c *chaos) over(t *testing.T) {
	t.Helper()
	db := c.database(t)
	defer db.Close()
	patience := 6*time.Minute + 3**chaosLease
	last, at := -1, time.Now()
	for tick := time.NewTicker(200 * time.Millisecond); ; <-tick.C {
		var left int
		const open = `SELECT count(*) FROM editions WHERE state <> 'done'`
		if err := db.QueryRowContext(t.Context(), open).Scan(&left); err != nil {
			t.Fatal(err)
		}
		if left == 0 {
			return
		}
		if n := c.count(); n > last && (time.Since(at) > *chaosLease || last < 0) {
			c.progress(t, fmt.Sprintf("%d editions are not done", left))
			last, at = n, time.Now()
		}
		if time.Since(at) > patience {
			t.Fatalf("nothing is sent for %v:\n%s", patience, c.asks(t, "edition", "list"))
		}
	}
}

// judge holds the ledger to what the relays took.
func (c *chaos) judge(t *testing.T) {
	t.Helper()
	copies := c.account(t, c.witnesses)
	for i := range c.opened {
		c.asks(t, "edition", "verify", c.day(i+1)+"-evening")
	}
	lost := c.fates(t)
	repeats, most := c.repeats(t), c.deaths*connections
	if lost > 0 || repeats > most {
		t.Errorf("%d lost, %d repeats; want none lost and at most %d repeats after %d deaths", lost, repeats, most, c.deaths)
	}
	t.Logf("chaos: %d machines, %d readers, %d editions: %d copies; %d kills, %d stops, %d restarts of PostgreSQL, "+
		"%d cuts; %d of the deaths were of who sends: %d lost, %d repeats (%.1f a death), in %.0f s", *chaosMachines,
		*chaosReaders, c.opened, copies, *chaosKills, *chaosStops, *chaosRestarts, *chaosCuts, c.leaders, lost, repeats,
		float64(repeats)/float64(max(1, c.deaths)), time.Since(c.began).Seconds())
}

// plain says that no relay has a fault in store for a reader.
func plain(address string) bool { return strings.HasPrefix(address, "reader") }

// repeats counts the further copies of readers with whom the relays had no fault.
func (c *chaos) repeats(t *testing.T) (repeats int) {
	t.Helper()
	had := map[string]bool{}
	for _, m := range c.newsroom.taken(t, c.witnesses) {
		if plain(m.address) && had[m.id] {
			repeats++
		}
		had[m.id] = true
	}
	return repeats
}

// fates holds each delivery to what may become of it, and gives how many are lost.
func (c *chaos) fates(t *testing.T) (lost int) {
	t.Helper()
	many := map[string]int{}
	for _, o := range c.owings(t) {
		kind, _, _ := strings.Cut(o.address, ".")
		want := []string{"sent", "expired"}
		switch {
		case plain(o.address):
			many[o.edition]++
			want = want[:1]
		case kind == "rcpt550":
			// Who does not exist is off the list by the next edition.
			want = []string{"failed", "skipped"}
		case kind == "rcpt450":
			want = []string{"expired"}
		}
		// A message in doubt for the third time is not sent again.
		if o.doubts >= 2 {
			want = append(want, "unknown")
		}
		if !slices.Contains(want, o.step) {
			lost++
			t.Errorf("%s: %s is %s after %d doubts (%s), want %v", o.edition, o.address, o.step, o.doubts, o.reply, want)
		}
	}
	for edition, n := range many {
		if n != len(c.readers) {
			t.Errorf("%s has %d of %d readers", edition, n, len(c.readers))
		}
	}
	return lost
}
