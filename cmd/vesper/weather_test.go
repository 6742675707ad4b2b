package main

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"vesper/digest/whole"
)

var soakFlag = flag.Float64("soak", 0.07, "for how many `MINUTES` TestNobodyIsLostInAnyWeather has bad weather")

// evening is two editions on their way to the same readers, by a service that is
// stopped and killed, over two relays whose weather changes.
type evening struct {
	*newsroom
	witnesses
	random *rand.Rand
	// clock runs from noon on, and is set forward while the service is down.
	ahead moving
	// pages is where the readers' pages are.
	pages   string
	service *serving
	// readers may leave, by their addresses. Of those who left, owed has what was
	// pending when they had: nothing of it may be sent.
	readers []string
	owed    []pending
	// asked counts the sign-ups, did all that was done, by its name.
	asked int
	did   map[string]int
}

// TestNobodyIsLostInAnyWeather has random weather, and then a clear sky until the
// service has come to rest: what the relays took is what the ledger says, reader by
// reader.
func TestNobodyIsLostInAnyWeather(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	e := newEvening(t)
	e.begin(t)
	for over := time.Now().Add(time.Duration(*soakFlag * float64(time.Minute))); time.Now().Before(over); {
		e.something(t)
		e.moment()
	}
	for _, w := range e.witnesses {
		w.has(t, "")
	}
	e.stop(t, syscall.SIGTERM)
	e.configure(t, 0)
	e.rests(t, e.clock)

	copies := e.account(t, e.witnesses)
	e.fates(t)
	for _, slot := range eveningSlots {
		e.run(t, "edition", "verify", "2030-01-01-"+slot)
	}
	t.Logf("%.1f minutes of weather: %d copies; %s", *soakFlag, copies, e.done())
}

// eveningSlots are the two editions of the evening.
var eveningSlots = []string{"evening", "night"}

// aSecond is how many messages go out by one relay, so that the evening lasts.
const aSecond = 40

func newEvening(t *testing.T) *evening {
	t.Helper()
	e := &evening{random: moments(t), did: map[string]int{}, readers: manyReaders(60 + int(*soakFlag*60*aSecond/2))}
	e.witnesses = witnesses{startOracle(t), startOracle(t)}
	everybody := slices.Clone(e.readers)
	for kind, n := range special {
		everybody = append(everybody, numbered(kind, n)...)
	}
	e.newsroom = faultyNewsroom(t, setting{port: 1}, everybody)
	start := clockAt(t, "2030-01-01T12:00:00Z")
	e.newsroom.clock = func() time.Time { return start().Add(time.Duration(e.ahead.skipped.Load())) }
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	e.pages = "http://" + l.Addr().String()
	e.configure(t, aSecond)
	e.written(t, e.clock().Add(-time.Hour))
	e.opens(t, e.clock, editionFlags{slot: eveningSlots[0]})
	// No article is printed twice: the next edition needs another one.
	article, err := samples.ReadFile("samples/survey-finds-vast-cold-water-reef-off-tessaly.txt")
	if err == nil {
		err = os.WriteFile(filepath.Join(e.dir, "desk", "survey.txt"),
			bytes.Replace(article, []byte("Evening Edition"), []byte(eveningSlots[1]), 1), 0o600)
	}
	if err == nil {
		err = os.Chtimes(filepath.Join(e.dir, "desk", "survey.txt"), time.Time{}, e.clock().Add(-time.Hour))
	}
	if err != nil {
		t.Fatal(err)
	}
	e.opens(t, e.clock, editionFlags{slot: eveningSlots[1]})
	return e
}

// configure writes the configuration, with so many messages a second.
func (e *evening) configure(t *testing.T, rate int) {
	t.Helper()
	config := fmt.Sprintf(`[publication]
name = "Newslooks"
from = "Newslooks Evening Edition <evening@news.example>"
postal_address = "1200 Example Street NW, Washington, DC 20005, USA"
url = "https://www.news.example/"
timezone = "UTC"
[delivery]
give_up_after = "20h"
[web]
listen = %q
base_url = %q
trusted_proxies = ["127.0.0.1/32"]
`, strings.TrimPrefix(e.pages, "http://"), e.pages)
	for _, slot := range eveningSlots {
		config += fmt.Sprintf("[[edition]]\nslot = %q\ntitle = %q\nschedule = \"0 3 29 2 *\"\n", slot, slot)
	}
	for _, w := range e.witnesses {
		config += secondRelay(w.port, 4) + fmt.Sprintf("username = \"evening\"\npassword = \"right\"\nrate = %d\n", rate)
	}
	if err := os.WriteFile(filepath.Join(e.dir, "vesper.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

// moment passes a random time, most often a short one.
func (e *evening) moment() {
	<-time.After(time.Duration(e.random.IntN(1+e.random.IntN(600))) * time.Millisecond)
}

// done says what was done how often.
func (e *evening) done() string {
	var all []string
	for _, what := range slices.Sorted(maps.Keys(e.did)) {
		all = append(all, fmt.Sprintf("%d %s", e.did[what], what))
	}
	return strings.Join(all, ", ")
}

// special are readers by what the relays say to them, whatever the weather, and how
// many there are of each: see [oracle].
var special = map[string]int{
	"rcpt550": 5, "rcpt571": 2, "rcpt450": 2, "rcpt450x2": 3, "dot450x1": 3, "dotdrop": 2, "dotdropx": 2,
	"dotdrops": 1, "rst": 2, "mail421": 2, "rcpt421x1": 2, "rcptfin": 1, "rcptrst": 1,
}

// ends are the final states that readers may be in whom a relay will not have; all
// others are sent it.
var ends = map[string][]string{
	// Whoever does not exist is off the list by the second edition, if the first one has told.
	"rcpt550": {"failed", "skipped"}, "rcpt571": {"failed"}, "rcpt450": {"expired"}, "dotdrops": {"unknown"},
	"rcptfin": {"expired"}, "rcptrst": {"expired"},
}

// fates holds the end of each delivery to what may become of it: nobody fails or is
// given up for the weather.
func (e *evening) fates(t *testing.T) {
	t.Helper()
	steps := map[pending]string{}
	for _, o := range e.owings(t) {
		steps[pending{o.edition, o.address}] = o.step
		kind, _, _ := strings.Cut(o.address, ".")
		want := ends[kind]
		if want == nil || o.edition == "" {
			// Who left, or is gone, is skipped. A message in doubt for the third time is
			// not sent again.
			want = []string{"sent", "skipped"}
			if o.doubts >= 2 {
				want = append(want, "unknown")
			}
		}
		if !slices.Contains(want, o.step) {
			t.Errorf("%s: %s is %s after %d doubts (%s), want %v", o.edition, o.address, o.step, o.doubts, o.reply, want)
		}
	}
	for _, p := range e.owed {
		if steps[p] == "sent" {
			t.Errorf("%s had left when %s was still to be sent, and it was sent", p.address, p.edition)
		}
	}
}
