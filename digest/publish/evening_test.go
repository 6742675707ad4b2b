package publish

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/digest/deliver"
	"vesper/digest/render"
	"vesper/subscribers"
	"vesper/subscribers/sqlite"
)

// evening is a publisher with a real book, a desk of its own and a relay that
// takes everything.
type evening struct {
	*Publisher
	store *sqlite.Store
	now   time.Time
	desk  desk
	relay takesAll
	owed  *owed
}

type desk struct {
	articles []digest.Article
	err      error
}

func (d *desk) Articles(context.Context) ([]digest.Article, []*digest.Flaw, error) {
	return d.articles, nil, d.err
}

type takesAll struct {
	sent []digest.Envelope
	// end ends each connection before it takes anything; answer is what every
	// message gets, if it is not accepted.
	end, answer digest.Outcome
	// answers are for the first messages, before answer.
	answers []digest.Outcome
	dials   int
}

func (v *takesAll) Work(ctx context.Context, s digest.Stream) digest.Outcome {
	v.dials++
	for v.end.Class == "" {
		e, ok := s.Next(ctx)
		if !ok {
			return digest.Outcome{}
		}
		if err := s.Intended(ctx, e); err != nil {
			s.Settle(ctx, e, digest.Outcome{Class: digest.Local})
			continue
		}
		v.sent = append(v.sent, e)
		answer := digest.Outcome{Class: digest.Accepted, Code: 250}
		if v.answer.Class != "" {
			answer = v.answer
		}
		if len(v.answers) > 0 {
			answer, v.answers = v.answers[0], v.answers[1:]
		}
		s.Settle(ctx, e, answer)
	}
	return v.end
}

func newEvening(t *testing.T) *evening {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "vesper.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	vienna := zone(t, "Europe/Vienna")
	v := &evening{store: store, owed: &owed{again: map[uint32]time.Time{}, probe: map[uint32]time.Time{}}, now: time.Date(2026, 11, 20, 12, 0, 0, 0, vienna)}
	now := func() time.Time { return v.now }
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	table, err := ParseTimetable("0 18 * * *", vienna)
	if err != nil {
		t.Fatal(err)
	}
	v.Publisher = &Publisher{
		Slots: []digest.Slot{{
			Name: "evening", Title: "Evening Edition", Schedule: "0 18 * * *",
			MinArticles: 1, MaxArticles: 30, Grace: 4 * time.Hour, MaxAge: 72 * time.Hour,
		}},
		Timetables: map[string]Timetable{"evening": table},
		Zone:       vienna, Source: &v.desk, Book: store, Course: store, Past: store,
		Renderer: &render.Renderer{
			Publication: digest.Publication{
				Name: "Newslooks", From: "Newslooks <evening@news.example>", URL: "https://www.news.example/",
				PostalAddress: "1 Example Street", Language: "en", Zone: vienna, BaseURL: "https://mail.news.example",
			},
			Layout: render.Layout{Lead: 1, Stories: 5, QuickLooks: 5},
		},
		Deliverer: &deliver.Deliverer{
			Ledger: store, Relay: &v.relay, Connections: 1, GiveUpAfter: 6 * time.Hour,
			Now: now, Jitter: func() float64 { return 0.5 }, Log: log,
		},
		ReturnPath: "bounces+{token}@bounce.news.example", Now: now, Log: log,
	}
	for _, reader := range []string{"ada@reader.example", "grace@reader.example"} {
		address, err := subscribers.ParseAddress(reader)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := store.Add(t.Context(), subscribers.Subscriber{Address: address, Status: subscribers.Active, Confirmed: v.now}, v.now); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

// write puts an article on the desk, published at now.
func (v *evening) write(headline string) {
	v.desk.articles = append(v.desk.articles, digest.Article{ID: headline, Headline: headline, Published: v.now, QuickLooks: []string{"It is so."}})
}

// started is the service's first start.
func (v *evening) started(t *testing.T) {
	t.Helper()
	if err := v.store.Started(t.Context(), []string{"evening"}, v.now); err != nil {
		t.Fatal(err)
	}
}

// at moves the clock and lets the service look, as it does at every tick.
func (v *evening) at(t *testing.T, day, hour, minute int) {
	t.Helper()
	v.now = time.Date(2026, 11, day, hour, minute, 0, 0, v.Zone)
	v.openDue(t.Context())
	v.finishOwed(t.Context(), v.owed)
}

// book gives the editions that the book has, oldest first.
func (v *evening) book(t *testing.T) []string {
	t.Helper()
	records, err := v.store.Records(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{}
	for i := range records {
		r := records[len(records)-1-i]
		lines = append(lines, fmt.Sprintf("%s %s sent=%d", r.ID, r.State, r.Tally.Sent))
		if !r.Tally.Balanced() {
			t.Errorf("%s does not add up: %+v", r.ID, r.Tally)
		}
	}
	return lines
}

func (v *evening) expect(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), v.book(t)); diff != "" {
		t.Error(diff)
	}
}
