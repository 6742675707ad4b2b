package publish

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/digest/deliver"
	"vesper/digest/render"
)

// evening is a publisher with a book, a desk and an outbox of its own, and a relay
// that takes everything.
type evening struct {
	*Publisher
	store  *book
	desk   desk
	outbox *ledger
	relay  *relay
	// relays are those of single editions, where they have their own; letters has
	// the letters' own.
	relays  map[uint32]*relay
	letters *relay
	log     *logged

	// now is the time, which runs if began says from when.
	now, began time.Time
	slept      atomic.Int64
	workers    *workers
	mailer     *mailer
}

type desk struct {
	mu       sync.Mutex
	articles []digest.Article
	flaws    []*digest.Flaw
	err      error
	asked    int
}

func (d *desk) Articles(context.Context) ([]digest.Article, []*digest.Flaw, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	return slices.Clone(d.articles), d.flaws, d.err
}

// daily is a slot of which there is an edition each evening.
var daily = digest.Slot{
	Name: "evening", Title: "Evening Edition", Schedule: "0 18 * * *",
	MinArticles: 1, MaxArticles: 30, Grace: 4 * time.Hour, MaxAge: 72 * time.Hour,
}

func newEvening(t *testing.T) *evening {
	t.Helper()
	v := &evening{
		store: newBook("ada@reader.example", "grace@reader.example"), outbox: newLedger(nil, time.Time{}),
		relay: &relay{}, relays: map[uint32]*relay{}, log: &logged{to: t.Output()},
		now: time.Date(2026, 11, 20, 12, 0, 0, 0, zone(t, "Europe/Vienna")),
	}
	v.letters = v.relay
	v.Publisher = v.publisher(t)
	v.workers = &workers{Publisher: v.Publisher, turns: map[uint32]turn{}}
	v.mailer = &mailer{Publisher: v.Publisher}
	return v
}

// publisher gives another process's publisher over the same book.
func (v *evening) publisher(t *testing.T) *Publisher {
	t.Helper()
	vienna := zone(t, "Europe/Vienna")
	slot, err := NewSlot(daily, vienna)
	if err != nil {
		t.Fatal(err)
	}
	return &Publisher{
		Slots: []Slot{slot}, Zone: vienna, Source: &v.desk,
		Book: v.store, Past: v.store, Looks: v.store, Runs: v.store, Course: v.store, Editor: v.store, Counts: v.store,
		Ledger: v.ledger, Outbox: Outbox{Post: v.outbox, Ledger: v.outbox, Composer: v.outbox},
		Renderer: &render.Renderer{
			Publication: digest.Publication{
				Name: "Newslooks", From: "Newslooks <evening@news.example>", URL: "https://www.news.example/",
				PostalAddress: "1 Example Street", Language: "en", Zone: vienna, BaseURL: "https://mail.news.example",
			},
			Layout: render.Layout{Lead: 1, Stories: 5, QuickLooks: 5},
		},
		ReturnPath: "bounces+{token}@bounce.news.example",
		Deliverer: &deliver.Deliverer{
			GiveUpAfter: 6 * time.Hour, Now: v.clock,
			Jitter: func() float64 { return 0.5 },
		},
		Letters:     shareOf(func() *relay { return v.letters }),
		Edition:     func(number uint32) deliver.Relay { return v.relayOf(number) },
		Connections: 1, Now: v.clock, Log: slog.New(slog.NewTextHandler(v.log, nil)),
	}
}

func (v *evening) ledger(number uint32) deliver.Ledger { return v.rows(number) }

// rows gives an edition's ledger.
func (v *evening) rows(number uint32) *ledger {
	defer v.store.ask("Ledger")()
	e, err := v.store.opened(number)
	if err != nil {
		panic(err)
	}
	return e.ledger
}

func (v *evening) clock() time.Time {
	now := v.now.Add(time.Duration(v.slept.Load()))
	if v.began.IsZero() {
		return now
	}
	return now.Add(time.Since(v.began))
}

// sleeps puts the clock forward, and no timer.
func (v *evening) sleeps(t time.Duration) { v.slept.Add(int64(t)) }

// runs lets the clock run from a time of 20 November 2026 on.
func (v *evening) runs(hour, minute int) {
	v.now, v.began = time.Date(2026, 11, 20, hour, minute, 0, 0, v.Zone), time.Now()
}

// write puts an article on the desk, published at now.
func (v *evening) write(headline string) {
	v.desk.mu.Lock()
	defer v.desk.mu.Unlock()
	v.desk.articles = append(v.desk.articles, digest.Article{
		ID: headline, Headline: headline, Published: v.clock(), QuickLooks: []string{"It is so."},
	})
}

// started is the service's first start.
func (v *evening) started() {
	for _, s := range v.Slots {
		if v.store.since[s.Name].IsZero() {
			v.store.since[s.Name] = v.clock()
		}
	}
}

// at moves the clock and lets the service look, as it does at every tick, until all
// that it finds is done.
func (v *evening) at(t *testing.T, day, hour, minute int) {
	t.Helper()
	v.now = time.Date(2026, 11, day, hour, minute, 0, 0, v.Zone)
	v.openDue(t.Context())
	v.looks(t)
}

// looks is a look of the service's for letters and editions.
func (v *evening) looks(t *testing.T) {
	t.Helper()
	v.mailer.look(t.Context())
	v.workers.look(t.Context())
	v.workers.running.Wait()
}

// serves runs the service, in a bubble of synctest, until the result is called or
// the test ends.
func (v *evening) serves(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		v.Serve(ctx)
	}()
	stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(stop)
	return stop
}

// decide decides the edition of a day from today, with the cut-off now.
func (v *evening) decide(t *testing.T, days int, w digest.Words) Decision {
	t.Helper()
	today := digest.DateOf(v.clock().In(v.Zone))
	d, err := v.Decide(t.Context(), v.Slots[0], today.AddDays(days), CutOff(v.clock()), w)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// open opens the edition of a day from today by hand.
func (v *evening) open(t *testing.T, days int) digest.Record {
	t.Helper()
	d, err := v.Open(t.Context(), v.decide(t, days, digest.Words{}))
	if err != nil || d.Refused() {
		t.Fatal(d.Refusal, err)
	}
	return d.Record
}

// book gives the editions that the book has, oldest first.
func (v *evening) book(t *testing.T) []string {
	t.Helper()
	defer v.store.ask("book")()
	lines := []string{}
	for _, e := range v.store.editions {
		tally := e.ledger.tally()
		lines = append(lines, fmt.Sprintf("%s %s sent=%d", e.ID, e.State, tally.Sent))
		if !tally.Balanced() {
			t.Errorf("%s does not add up: %+v", e.ID, tally)
		}
	}
	slices.Sort(lines)
	return lines
}

func (v *evening) expect(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), v.book(t)); diff != "" {
		t.Error(diff)
	}
}

// on gives the ID of the edition of a day of November 2026.
func on(day int) digest.ID {
	return digest.ID{Date: digest.Date{Year: 2026, Month: 11, Day: day}, Slot: "evening", Sequence: 1}
}

// record gives an edition's record with its sums.
func (v *evening) tallied(t *testing.T, day int) digest.Tallied {
	t.Helper()
	r, err := v.store.Tallied(t.Context(), on(day))
	if err != nil {
		t.Fatal(err)
	}
	return r
}
