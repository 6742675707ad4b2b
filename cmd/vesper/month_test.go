package main

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"vesper/digest/whole"
)

// month is thirty evenings of a newsroom, of the real program at its own times, with a relay
// that keeps an account of its own.
type month struct {
	*newsroom
	w      *witness
	random *rand.Rand
	feed   *paper
	// day is the evening's, in the publication's zone. The clock runs from start on.
	day   time.Time
	start time.Time
	began time.Time
	// service is the one that runs, and killed how often one was since the evening began.
	service *sending
	killed  int
	// subscribers are what the test knows of each reader, order in which they came.
	subscribers map[string]*subscription
	order       []string
	// last is the number of the last edition, and had who got it.
	last uint32
	had  map[string]bool
	// waiting says of which slots there are stories that no edition of it has printed.
	waiting map[string]bool
	table   []*night
	did     map[string]int
}

// TestAMonthAddsUp has a newsroom live through thirty evenings: readers of twelve zones come,
// pause, leave and bounce, stories come by hand and by a feed, editions are held, proved,
// approved, paused, cancelled and corrected, the service is killed, the relay is down, and
// summer time ends. Each reader's thirty evenings are in one table. It is held to what the
// relay took, and to what the test itself knows of each reader: nobody is forgotten, and
// nobody has an edition twice but what was on the wire in a crash.
func TestAMonthAddsUp(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	first, evenings, readers := time.Date(2026, 10, 12, 0, 0, 0, 0, time.UTC), 30, 2000
	if !whole.Asked() {
		first, evenings, readers = time.Date(2026, 10, 28, 0, 0, 0, 0, time.UTC), 10, 240
	}
	for i := range whole.Times(t, 1, 3) {
		seed := moments(t)
		t.Run(fmt.Sprint("seed", i), func(t *testing.T) {
			t.Parallel()
			aMonth(t, seed, first, evenings, readers, (*month).kinds)
		})
	}
}

// aMonth is so many evenings, of which kinds says what becomes of each.
func aMonth(t *testing.T, random *rand.Rand, first time.Time, evenings, readers int,
	kinds func(*month, time.Time, int) []string,
) *month {
	began := time.Now()
	m := &month{
		w:      startOracle(t, "-delay", fmt.Sprint(time.Second/time.Duration(readers))),
		random: random, feed: &paper{taken: map[int]bool{}}, day: first,
		subscribers: map[string]*subscription{}, did: map[string]int{}, waiting: map[string]bool{},
	}
	site := httptest.NewServer(m.feed)
	t.Cleanup(site.Close)
	m.newsroom = faultyNewsroom(t, setting{port: m.w.port}, nil)
	m.newsroom.clock = func() time.Time { return m.start.Add(time.Since(m.began)) }
	if err := os.RemoveAll(filepath.Join(m.dir, "desk/orlanda.txt")); err != nil {
		t.Fatal(err)
	}
	m.write(t, "vesper.toml", fmt.Sprintf(monthly, site.URL, site.URL, m.w.port))
	m.at(first, "11:00:00")
	m.joins(t, readers)
	// The program has run before: no evening is one of before its time.
	m.up(t)
	m.until(t, "it serves", func() bool { return strings.Contains(m.service.logged(), "msg=serving") })
	m.down()
	for _, kind := range kinds(m, first, evenings) {
		m.evening(t, kind)
		m.day = m.day.AddDate(0, 0, 1)
	}
	m.account(t, witnesses{m.w})
	m.sums(t)
	t.Logf("%d evenings, %d readers in %d zones, %.0f s: %s\n%s", evenings, len(m.order), len(zones),
		time.Since(began).Seconds(), m.done(), m.shown())
	return m
}

const monthly = `[publication]
name = "Newslooks"
from = "Newslooks Evening Edition <evening@news.example>"
postal_address = "1200 Example Street NW, Washington, DC 20005, USA"
url = %q
timezone = "America/New_York"
[[edition]]
slot = "evening"
schedule = "0 18 * * 1-5"
proof_before = "20m"
[[edition]]
slot = "weekend"
title = "Weekend Edition"
schedule = "0 18 * * 0,6"
proof_before = "20m"
needs_approval = true
wave = "subscriber"
quiet = "22:00-07:00"
[newsroom]
proof_to = ["desk@news.example"]
[[feed]]
url = "%s/feed/"
allow_private = ["127.0.0.1"]
[web]
listen = "127.0.0.1:0"
base_url = "http://127.0.0.1:8025"
[admin]
listen = "off"
[[relay]]
host = "127.0.0.1"
port = %d
tls = "none"
connections = 8
`

// What becomes of evenings. Each working day's comes up at least once, and the others are
// plain; of the days of the weekend the first two do.
var (
	workdays = []string{"crash", "outage", "held for a while", "held", "paused", "cancelled", "corrected", "quiet"}
	weekends = []string{"approved, crash", "unapproved", "approved, then changed", "approved"}
	more     = []string{"crash", "outage", "held for a while", "corrected", "paused"}
)

// kinds draws what becomes of each evening.
func (m *month) kinds(first time.Time, evenings int) (all []string) {
	var work, rest []string
	for i := range evenings {
		if d := first.AddDate(0, 0, i).Weekday(); d == time.Saturday || d == time.Sunday {
			rest = append(rest, weekends[len(rest)%len(weekends)])
			continue
		}
		switch n := len(work); {
		case n < len(workdays):
			work = append(work, workdays[n])
		case n < len(workdays)+len(more):
			work = append(work, more[n-len(workdays)])
		default:
			work = append(work, "plain")
		}
	}
	m.random.Shuffle(len(work), func(i, j int) { work[i], work[j] = work[j], work[i] })
	m.random.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	for i := range evenings {
		from := &work
		if d := first.AddDate(0, 0, i).Weekday(); d == time.Saturday || d == time.Sunday {
			from = &rest
		}
		all, *from = append(all, (*from)[0]), slices.Clone((*from)[1:])
	}
	return all
}

// at sets the clock to a time of a day in the publication's zone.
func (m *month) at(day time.Time, clock string) {
	zone, _ := time.LoadLocation("America/New_York")
	h, _ := time.Parse(time.TimeOnly, clock)
	m.start = time.Date(day.Year(), day.Month(), day.Day(), h.Hour(), h.Minute(), h.Second(), 0, zone)
	m.began = time.Now()
}

// up starts the service by the clock as it is.
func (m *month) up(t *testing.T) {
	t.Helper()
	c := m.command("serve")
	h := &heard{words: map[string]chan struct{}{}}
	c.Stdout, c.Stderr = h, h
	m.service = launched(t, c)
}

// logged is what the service has said.
func (s *sending) logged() string { return s.Stderr.(*heard).String() }

// down stops the service, which lets it finish what is on the wire.
func (m *month) down() {
	m.service.Process.Signal(syscall.SIGTERM)
	<-m.service.ended
}

// crashes kills the service at some moment of the next so many messages, and starts it anew a
// minute or so later.
func (m *month) crashes(t *testing.T, messages int) {
	t.Helper()
	took, _ := m.w.count()
	m.w.wait(took+1+m.random.IntN(messages), m.service.ended)
	spin(time.Duration(m.random.IntN(2000)) * time.Microsecond)
	m.service.kill()
	m.killed++
	m.did["kills"]++
	m.later(t, time.Duration(30+m.random.IntN(120))*time.Second)
}

// later starts the service anew, after so much time on its clock.
func (m *month) later(t *testing.T, d time.Duration) {
	t.Helper()
	m.start, m.began = m.clock().Add(d), time.Now()
	m.up(t)
}

// until waits for something, not for ever.
func (m *month) until(t *testing.T, what string, is func() bool) {
	t.Helper()
	late := time.After(time.Minute)
	for tick := time.NewTicker(10 * time.Millisecond); !is(); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%s, %v: it never came to %q; the service said\n%s", m.day.Format(time.DateOnly), m.did, what,
				m.service.logged())
		}
	}
}
