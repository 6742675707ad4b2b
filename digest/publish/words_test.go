package publish

import (
	"errors"
	"testing"
	"time"

	"vesper/digest"
)

func TestKeptWordsArePrintedByTheServiceToo(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	said := digest.Words{Subject: "Trains at night", Note: "We were late."}
	if refusal, err := v.SetWords(t.Context(), on(20), said); err != nil || refusal.Kind != "" {
		t.Fatal(refusal, err)
	}
	if kept, err := v.Words(t.Context(), on(20)); err != nil || kept != said {
		t.Errorf("kept %+v, %v", kept, err)
	}
	v.at(t, 20, 18, 0)
	v.expect(t, "2026-11-20-evening done sent=2")
	o := v.store.editions[0].opening
	if o.Edition.Subject != said.Subject || o.Edition.Note != said.Note || o.Messages[0].Subject != said.Subject {
		t.Errorf("printed %q, %q, and the message says %q", o.Edition.Subject, o.Edition.Note, o.Messages[0].Subject)
	}
	// They are of that edition alone.
	v.write("Libraries open late")
	v.at(t, 21, 18, 0)
	if o := v.store.editions[1].opening; o.Edition.Note != "" || o.Messages[0].Subject != "Libraries open late" {
		t.Errorf("the next prints %q, %q", o.Messages[0].Subject, o.Edition.Note)
	}
}

func TestWordsOfTheMomentStandInPlaceOfKeptOnesFieldByField(t *testing.T) {
	v := newEvening(t)
	v.write("Night trains return")
	if _, err := v.SetWords(t.Context(), on(20),
		digest.Words{Subject: "kept subject", Note: "kept note"}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ said, want digest.Words }{
		{digest.Words{}, digest.Words{Subject: "kept subject", Note: "kept note"}},
		{digest.Words{Note: "said"}, digest.Words{Subject: "kept subject", Note: "said"}},
		{digest.Words{Subject: "said"}, digest.Words{Subject: "said", Note: "kept note"}},
	} {
		e := v.decide(t, 0, test.said).Edition
		if got := (digest.Words{Subject: e.Subject, Note: e.Note}); got != test.want {
			t.Errorf("%+v: got %+v, want %+v", test.said, got, test.want)
		}
	}
}

func TestWordsOnAnEditionThatIsOpenedAreRefused(t *testing.T) {
	v := newEvening(t)
	v.write("Night trains return")
	v.open(t, 0)
	for day, want := range map[int]Kind{20: Opened, 19: Overtaken, 21: ""} {
		refusal, err := v.SetWords(t.Context(), on(day), digest.Words{Note: "Too late."})
		if err != nil || refusal.Kind != want {
			t.Errorf("on %d November: got %+v, %v, want %q", day, refusal, err, want)
		}
		if _, kept := v.store.words[on(day)]; kept != (want == "") {
			t.Errorf("on %d November: kept is %v", day, kept)
		}
	}
}

func TestWordsOnAnEditionThatIsOpenedMeanwhileAreRefused(t *testing.T) {
	v := newEvening(t)
	v.write("Night trains return")
	v.store.beforeWords = func() { v.open(t, 0) }
	refusal, err := v.SetWords(t.Context(), on(20), digest.Words{Note: "Too late."})
	if err != nil || refusal.Kind != Opened || len(v.store.words) != 0 {
		t.Errorf("got %+v, %v, and kept %v", refusal, err, v.store.words)
	}
}

func TestAHeldEditionTakesWords(t *testing.T) {
	v := newEvening(t)
	refusals[Held].set(t, v)
	if refusal, err := v.SetWords(t.Context(), on(20),
		digest.Words{Note: "Checked."}); err != nil || refusal.Kind != "" {
		t.Errorf("got %+v, %v", refusal, err)
	}
}

func TestWordsThatWouldMakeABadEmailAreNotKeptAndNotDecidedOn(t *testing.T) {
	v := newEvening(t)
	bad := digest.Words{Subject: "Re: yesterday"}
	var flaw *digest.WordsFlaw
	if _, err := v.SetWords(t.Context(), on(20), bad); !errors.As(err, &flaw) || flaw.Field != "subject" {
		t.Errorf("keeping them: got %v", err)
	}
	if _, err := v.Decide(t.Context(), v.Slots[0], on(20).Date, time.Time{}, bad); !errors.As(err, &flaw) {
		t.Errorf("deciding: got %v", err)
	}
	elsewhere := digest.ID{Date: on(20).Date, Slot: "morning", Sequence: 1}
	if _, err := v.SetWords(t.Context(), elsewhere, digest.Words{Note: "Hello."}); !errors.Is(err, ErrNoSlot) {
		t.Errorf("a slot that is none: got %v", err)
	}
	if len(v.store.words) != 0 {
		t.Errorf("kept %v", v.store.words)
	}
}

func TestWordsThatComeBetweenDecidingAndOpeningArePrinted(t *testing.T) {
	v := newEvening(t)
	v.write("The harbour reopens")
	d := v.decide(t, 0, digest.Words{Note: "Of the moment."})
	said := digest.Words{Subject: "Said meanwhile", Note: "Kept."}
	if r, err := v.SetWords(t.Context(), d.Edition.ID, said); err != nil || r.Kind != "" {
		t.Fatal(r, err)
	}
	d, err := v.Open(t.Context(), d)
	if err != nil || d.Refused() {
		t.Fatal(err, d.Refusal)
	}
	if d.Edition.Subject != "Said meanwhile" || d.Edition.Note != "Of the moment." {
		t.Errorf("printed %q and %q", d.Edition.Subject, d.Edition.Note)
	}
}

// TestAPinThatComesBetweenDecidingAndOpeningCounts: the same articles are picked anew.
func TestAPinThatComesBetweenDecidingAndOpeningCounts(t *testing.T) {
	v := newEvening(t)
	v.write("The harbour reopens")
	v.write("Night trains return")
	d := v.decide(t, 0, digest.Words{})
	last := d.Edition.Articles[1].ID
	if err := v.SetPins(t.Context(), d.Edition.ID.Slot, nil, []string{last, last}); err != nil {
		t.Fatal(err)
	}
	d, err := v.Open(t.Context(), d)
	if err != nil || d.Refused() {
		t.Fatal(err, d.Refusal)
	}
	if got := d.Edition.Articles[0].ID; got != last || len(d.Pins) != 1 {
		t.Errorf("the first is %q, want %q; pins %q", got, last, d.Pins)
	}
}

// TestAnEditionThatOnlyAPinFilledIsNotOpenedWithoutIt: when the pins change between
// deciding and opening, there must still be the articles that make an edition.
func TestAnEditionThatOnlyAPinFilledIsNotOpenedWithoutIt(t *testing.T) {
	v := newEvening(t)
	v.write("Night trains return")
	pinned := v.desk.articles[0].ID
	v.desk.articles[0].Published = v.clock().Add(-30 * 24 * time.Hour)
	if err := v.SetPins(t.Context(), v.Slots[0].Name, nil, []string{pinned}); err != nil {
		t.Fatal(err)
	}
	d := v.decide(t, 0, digest.Words{})
	if d.Refused() || len(d.Edition.Articles) != 1 {
		t.Fatalf("the pin was to fill it: %+v", d.Refusal)
	}
	if err := v.SetPins(t.Context(), v.Slots[0].Name, []string{pinned}, nil); err != nil {
		t.Fatal(err)
	}
	d, err := v.Open(t.Context(), d)
	if err != nil || d.Refusal.Kind != TooFew {
		t.Errorf("got %+v with %d articles, %v; want %q", d.Refusal, len(d.Edition.Articles), err, TooFew)
	}
}
