package publish

import (
	"context"
	"errors"
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
	owed  owed
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
	end  digest.Outcome
}

func (v *takesAll) Work(ctx context.Context, s digest.Stream) digest.Outcome {
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
		s.Settle(ctx, e, digest.Outcome{Class: digest.Accepted, Code: 250})
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
	v := &evening{store: store, owed: owed{map[uint32]time.Time{}, map[uint32]time.Time{}}, now: time.Date(2026, 11, 20, 12, 0, 0, 0, vienna)}
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

func TestAnEditionGoesOutAtItsTimeOnce(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.at(t, 20, 17, 59)
	v.expect(t)
	for minute := range 5 {
		v.at(t, 20, 18, minute)
	}
	v.expect(t, "2026-11-20-evening done sent=2")
	if len(v.relay.sent) != 2 {
		t.Errorf("%d messages were sent", len(v.relay.sent))
	}
}

func TestEachEditionPrintsWhatIsNewSinceTheLast(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Friday's")
	v.at(t, 20, 18, 0)
	v.write("At the cut-off")
	v.at(t, 20, 18, 1)
	v.now = v.now.Add(3 * time.Hour)
	v.write("Late on Friday")
	v.at(t, 21, 18, 0)
	v.at(t, 22, 18, 0)
	v.expect(t, "2026-11-20-evening done sent=2", "2026-11-21-evening done sent=2", "2026-11-22-evening empty sent=0")
	second, err := v.store.Edition(t.Context(), digest.ID{Date: digest.Date{Year: 2026, Month: 11, Day: 21}, Slot: "evening", Sequence: 1})
	if err != nil {
		t.Fatal(err)
	}
	var printed []string
	for _, a := range second.Articles {
		printed = append(printed, a.Headline)
	}
	if diff := cmp.Diff([]string{"Late on Friday", "At the cut-off"}, printed); diff != "" {
		t.Error(diff)
	}
}

func TestAServiceThatWakesWithinTheGraceCatchesUp(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.at(t, 20, 21, 59)
	v.expect(t, "2026-11-20-evening done sent=2")
}

func TestAServiceThatWakesTooLateRecordsWhatItMissedAndSendsNothing(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.at(t, 22, 22, 1)
	v.expect(t, "2026-11-20-evening missed sent=0", "2026-11-21-evening missed sent=0", "2026-11-22-evening missed sent=0")
	// What was missed is printed by the next edition, as far as it is young enough.
	v.at(t, 23, 11, 0)
	v.at(t, 23, 18, 0)
	v.expect(t, "2026-11-20-evening missed sent=0", "2026-11-21-evening missed sent=0", "2026-11-22-evening missed sent=0", "2026-11-23-evening empty sent=0")
}

func TestNothingIsDueFromBeforeTheServiceWasFirstStarted(t *testing.T) {
	v := newEvening(t)
	v.write("Night trains return")
	v.at(t, 20, 18, 30)
	v.expect(t)
	v.started(t)
	v.at(t, 20, 18, 31)
	v.expect(t)
	v.write("Libraries open late")
	v.at(t, 21, 18, 0)
	v.expect(t, "2026-11-21-evening done sent=2")
}

func TestWhatWasSentByHandIsNotSentAgainAtItsTime(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.now = v.now.Add(time.Hour)
	plan, err := v.Plan(t.Context(), v.Slots[0], digest.DateOf(v.now), v.now)
	if err != nil {
		t.Fatal(err)
	}
	r, err := v.Open(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Open(t.Context(), plan); !errors.Is(err, digest.ErrExists) {
		t.Errorf("opened twice: %v", err)
	}
	if _, err := v.Finish(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	v.write("Libraries open late")
	v.at(t, 20, 18, 0)
	v.expect(t, "2026-11-20-evening done sent=2")
	v.at(t, 21, 18, 0)
	v.expect(t, "2026-11-20-evening done sent=2", "2026-11-21-evening done sent=2")
}

func TestAnEditionFailsWholeBeforeItIsOpenedAndIsTriedAgain(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.desk.err = errors.New("the desk is not mounted")
	v.at(t, 20, 18, 0)
	v.expect(t)
	v.desk.err = nil
	v.at(t, 20, 18, 1)
	v.expect(t, "2026-11-20-evening done sent=2")
}

func TestTheRelayRefusingUsPausesTheEditionAndFailsNobody(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.relay.end = digest.Outcome{Class: digest.Account, Code: 535, Reply: "5.7.8 authentication failed"}
	v.at(t, 20, 18, 0)
	v.at(t, 20, 18, 1)
	v.expect(t, "2026-11-20-evening paused sent=0")
	id := digest.ID{Date: digest.Date{Year: 2026, Month: 11, Day: 20}, Slot: "evening", Sequence: 1}
	r, err := v.store.Record(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if want := "the relay refuses us: 535 5.7.8 authentication failed"; r.Reason != want || r.Tally.Pending != 2 {
		t.Errorf("got %q with %+v", r.Reason, r.Tally)
	}
	// A probe finds out by itself when that is over.
	v.at(t, 20, 18, 20)
	v.expect(t, "2026-11-20-evening paused sent=0")
	v.relay.end = digest.Outcome{}
	v.at(t, 20, 18, 22)
	v.expect(t, "2026-11-20-evening paused sent=0")
	v.at(t, 20, 18, 26)
	v.at(t, 20, 18, 27)
	v.expect(t, "2026-11-20-evening done sent=2")
}

func TestAnEditionThatIsPausedByWordIsNotProbed(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.relay.end = digest.Outcome{Class: digest.Account, Code: 535}
	v.at(t, 20, 18, 0)
	if err := v.store.Mark(t.Context(), 1, digest.Paused, "by the desk", v.now); err != nil {
		t.Fatal(err)
	}
	v.relay.end = digest.Outcome{}
	v.at(t, 20, 19, 0)
	v.expect(t, "2026-11-20-evening paused sent=0")
	if err := v.Resume(t.Context(), digest.Record{Number: 1}); err != nil {
		t.Fatal(err)
	}
	v.at(t, 20, 19, 10)
	v.expect(t, "2026-11-20-evening done sent=2")
}

func TestAnEditionThatCrashesTheServiceTimeAndAgainIsPaused(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.now = time.Date(2026, 11, 20, 18, 0, 0, 0, v.Zone)
	v.openDue(t.Context())
	for range 5 {
		// Begun and never ended: the process died.
		if _, err := v.store.Begin(t.Context(), 1, v.now); err != nil {
			t.Fatal(err)
		}
	}
	v.at(t, 20, 18, 1)
	v.expect(t, "2026-11-20-evening paused sent=0")
	v.at(t, 20, 20, 0)
	v.expect(t, "2026-11-20-evening paused sent=0")
	if err := v.Resume(t.Context(), digest.Record{Number: 1}); err != nil {
		t.Fatal(err)
	}
	v.at(t, 20, 20, 1)
	v.expect(t, "2026-11-20-evening done sent=2")
}

func TestWithNobodyOnTheListTheDayIsRecordedAsEmpty(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	for s, err := range v.store.Subscribers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.store.Remove(t.Context(), s.Address, v.now); err != nil {
			t.Fatal(err)
		}
	}
	v.write("Night trains return")
	v.at(t, 20, 18, 0)
	v.expect(t, "2026-11-20-evening empty sent=0")
}

func TestServeOpensByItselfAndStopsWhenTold(t *testing.T) {
	v := newEvening(t)
	v.started(t)
	v.write("Night trains return")
	v.now = time.Date(2026, 11, 20, 18, 0, 0, 0, v.Zone)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- v.Serve(ctx) }()
	// A record that can be read as done is how anybody sees that it has worked.
	id := digest.ID{Date: digest.Date{Year: 2026, Month: 11, Day: 20}, Slot: "evening", Sequence: 1}
	for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
		r, err := v.store.Record(t.Context(), id)
		if err == nil && r.State == digest.Done {
			break
		}
		if t.Context().Err() != nil {
			t.Fatal("it never sent")
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	v.expect(t, "2026-11-20-evening done sent=2")
}
