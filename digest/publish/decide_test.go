package publish

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// refusals are set up on the evening of 20 November 2026; an article is on the desk.
var refusals = map[Kind]struct {
	set func(t *testing.T, v *evening)
	// reason is a part of the sentence; recorded is what the service enters.
	reason   string
	recorded digest.State
}{
	Opened: {func(t *testing.T, v *evening) { v.open(t, 0) }, "opened before and is open", ""},
	Held: {func(_ *testing.T, v *evening) {
		held := digest.Record{ID: on(20), State: digest.Held, Reason: "the lead is not checked"}
		v.store.editions = append(v.store.editions, &edition{Record: held})
	}, "the lead is not checked", ""},
	Overtaken: {func(t *testing.T, v *evening) {
		v.open(t, 1)
	}, "a later edition was opened before it was due", digest.Missed},
	TooLate: {func(_ *testing.T, v *evening) {
		v.now = v.now.Add(4*time.Hour + time.Minute)
	}, "Vesper started 4h1m0s after its time, later than the grace of 4h0m0s", digest.Missed},
	TooFew: {func(_ *testing.T, v *evening) {
		v.Slots[0].MinArticles = 2
	}, "1 article, and it needs 2", digest.Empty},
	Nobody: {func(_ *testing.T, v *evening) { v.store.readers = nil }, "no active reader wants it", digest.Empty},
}

func TestARefusalOfEachKindIsTheSameForTheServiceForSendingAndForPlanning(t *testing.T) {
	for kind, want := range refusals {
		t.Run(string(kind), func(t *testing.T) {
			v := newEvening(t)
			v.write("Night trains return")
			v.now = v.now.Add(6 * time.Hour)
			want.set(t, v)
			cutOff, _ := v.Slots[0].At(on(20).Date)
			plan, err := v.Decide(t.Context(), v.Slots[0], on(20).Date, cutOff, digest.Words{})
			if err != nil || plan.Refusal.Kind != kind || !strings.Contains(plan.Refusal.Reason, want.reason) {
				t.Fatalf("got %+v, %v; want %q", plan.Refusal, err, want.reason)
			}
			// Sending asks once more, and opens what it got.
			send, err := v.Decide(t.Context(), v.Slots[0], on(20).Date, cutOff, digest.Words{Note: "A word."})
			if err != nil || send.Refusal != plan.Refusal {
				t.Errorf("sending gets %+v, %v", send.Refusal, err)
			}
			before := v.book(t)
			if opened, err := v.Open(t.Context(), send); err != nil || opened.Refusal != plan.Refusal {
				t.Errorf("opening gets %+v, %v", opened.Refusal, err)
			}
			if diff := cmp.Diff(before, v.book(t)); diff != "" {
				t.Errorf("a refused edition was written: %s", diff)
			}
			if _, err := v.evening(t.Context(), v.Slots[0], on(20).Date); err != nil {
				t.Fatal(err)
			}
			r, err := v.store.Record(t.Context(), on(20))
			switch {
			case want.recorded == "":
				if diff := cmp.Diff(before, v.book(t)); diff != "" {
					t.Errorf("the service wrote %s", diff)
				}
			case err != nil || r.State != want.recorded || r.Reason != plan.Refusal.Reason ||
				r.Title != "Evening Edition":
				t.Errorf("the service recorded %+v, %v", r, err)
			}
		})
	}
}

func TestADecisionTellsAllThatIsLookedAt(t *testing.T) {
	v := newEvening(t)
	v.write("Night trains return")
	v.now = v.now.Add(-48 * time.Hour)
	v.write("Old news")
	v.now = v.now.Add(49 * time.Hour)
	v.desk.flaws = []*digest.Flaw{{File: "a.txt", Line: 3, Problem: "no headline"}}
	d := v.decide(t, 0, digest.Words{Note: "We were late."})
	if d.Refused() || !d.Enough() || d.Recipients != 2 || d.Record != (digest.Record{}) ||
		len(d.Flaws) != 1 || len(d.Choices) != 2 {
		t.Errorf("got %+v", d)
	}
	if c := d.Choices[1]; c.Picked || !strings.Contains(c.Reason, "before this edition's window") {
		t.Errorf("got %+v", c)
	}
	e := d.Edition
	if e.ID != on(20) || e.Title != "Evening Edition" || len(e.Articles) != 1 || e.Note != "We were late." ||
		!e.Window.To.Equal(v.now.Add(time.Second)) ||
		e.Next.Format(time.DateTime) != "2026-11-21 18:00:00" {
		t.Errorf("got %+v", e)
	}
}

func TestDecidingWritesNothing(t *testing.T) {
	v := newEvening(t)
	v.write("Night trains return")
	v.decide(t, 0, digest.Words{Subject: "My own"})
	reads := map[string]int{"History": 1, "Record": 1, "Words": 1, "Pins": 1, "Printed": 1, "Looked": 1, "Count": 1}
	if diff := cmp.Diff(reads, v.store.asked); diff != "" {
		t.Error(diff)
	}
}

func TestWhatDoesNotStandInTheWayIsToldBesideARefusal(t *testing.T) {
	v := newEvening(t)
	v.write("Night trains return")
	opened := v.open(t, 0)
	v.now = v.now.Add(time.Minute)
	v.write("Libraries open late")
	d := v.decide(t, 0, digest.Words{})
	if d.Refusal.Kind != Opened || d.Record != opened || d.Recipients != 2 || len(d.Choices) != 2 {
		t.Errorf("got %+v", d)
	}
	refusals[Held].set(t, v)
	v.store.editions = v.store.editions[1:]
	if d := v.decide(t, 0, digest.Words{}); d.Refusal.Kind != Held || !d.Enough() {
		t.Errorf("a held edition can't be looked at: %+v", d)
	}
}

func TestADayRecordedAsEmptyOrMissedMayBeOpenedByHand(t *testing.T) {
	for _, state := range []digest.State{digest.Empty, digest.Missed} {
		v := newEvening(t)
		if err := v.store.Enter(t.Context(), digest.Record{ID: on(20), State: state, Reason: "asleep"}, nil,
			v.now); err != nil {
			t.Fatal(err)
		}
		v.write("Night trains return")
		v.now = v.now.Add(11 * time.Hour)
		if d := v.decide(t, 0, digest.Words{}); d.Record.State != state || d.Refused() {
			t.Errorf("%s: got %+v", state, d)
		}
		v.open(t, 0)
	}
}

func TestAnEveningThatIsOverIsRecordedAlthoughTheDeskCannotBeRead(t *testing.T) {
	for _, kind := range []Kind{Overtaken, TooLate} {
		v := newEvening(t)
		v.write("Night trains return")
		v.now = v.now.Add(6 * time.Hour)
		refusals[kind].set(t, v)
		v.desk.err = errors.New("the desk is not mounted")
		if _, err := v.evening(t.Context(), v.Slots[0], on(20).Date); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if r, err := v.store.Record(t.Context(), on(20)); err != nil || r.State != digest.Missed {
			t.Errorf("%s: recorded %+v, %v", kind, r, err)
		}
	}
}

func TestOpeningPrintsJustWhatWasDecided(t *testing.T) {
	v := newEvening(t)
	v.write("Night trains return")
	v.now = v.now.Add(time.Minute)
	d := v.decide(t, 0, digest.Words{Subject: "My own"})
	v.write("Written while somebody was asked")
	if err := v.store.SetWords(t.Context(), on(20), digest.Words{Subject: "Said meanwhile"}, v.now); err != nil {
		t.Fatal(err)
	}
	v.desk.err = errors.New("the desk is not mounted")
	d, err := v.Open(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	o := v.store.editions[0].opening
	if diff := cmp.Diff(d.Edition.Articles, o.Edition.Articles); diff != "" || o.Messages[0].Subject != "My own" {
		t.Errorf("opened %q: %s", o.Messages[0].Subject, diff)
	}
	if d.Record.State != digest.Open || d.Record.Number != 1 || d.Recipients != 2 {
		t.Errorf("got %+v", d)
	}
}

func TestTwoFiringsOpenOnce(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.now = v.now.Add(6 * time.Hour)
	// Both have decided to open before either does.
	var decided sync.WaitGroup
	decided.Add(2)
	book := &slowBook{v.store, func() { decided.Done(); decided.Wait() }}
	var firings sync.WaitGroup
	results := make([]Decision, 2)
	for i, p := range []*Publisher{v.publisher(t), v.publisher(t)} {
		p.Book = book
		firings.Go(func() {
			d, err := p.Decide(t.Context(), p.Slots[0], on(20).Date, v.now, digest.Words{})
			if err == nil {
				d, err = p.Open(t.Context(), d)
			}
			if err != nil {
				t.Error(err)
			}
			results[i] = d
		})
	}
	firings.Wait()
	if results[0].Refused() {
		results[0], results[1] = results[1], results[0]
	}
	if results[0].Refused() || results[1].Refusal.Kind != Opened || results[0].Record != results[1].Record {
		t.Errorf("got %+v and %+v", results[0].Refusal, results[1].Refusal)
	}
	v.expect(t, "2026-11-20-evening open sent=0")
}

// slowBook calls before each opening.
type slowBook struct {
	*book
	before func()
}

func (s *slowBook) Behind(ctx context.Context) error {
	s.before()
	return s.book.Behind(ctx)
}

func TestAListThatIsLeftByItsLastReaderAtTheOpeningIsARefusal(t *testing.T) {
	v := newEvening(t)
	v.write("Night trains return")
	d := v.decide(t, 0, digest.Words{})
	v.store.readers = nil
	d, err := v.Open(t.Context(), d)
	if err != nil || d.Refusal.Kind != Nobody || d.Recipients != 0 {
		t.Errorf("got %+v, %v", d, err)
	}
	v.expect(t)
}
