package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

func whatAnEditionLookedAtIsRemembered(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	at := func(id string, v digest.Verdict) digest.Look {
		return digest.Look{ArticleID: id, Verdict: v, Published: evening, Text: digest.TextOf(digest.Article{Headline: id})}
	}
	opens := func(n int, looks ...digest.Look) digest.ID {
		t.Helper()
		o := Opening(n)
		o.Looks = looks
		if _, err := s.Book.OpenEdition(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		return o.Edition.ID
	}
	recorded := func(n int, want bool) {
		t.Helper()
		h, err := s.Book.History(t.Context(), "evening", evening.AddDate(0, 0, n))
		if err != nil || h.Recorded != want {
			t.Errorf("after edition %d: recorded is %t, %v", n, h.Recorded, err)
		}
	}
	recorded(0, false)
	first := opens(0, at("full", digest.VerdictFull), at("waits", digest.VerdictEmbargo))
	recorded(0, true)
	mended := at("full", digest.VerdictFull)
	mended.Published = mended.Published.AddDate(0, 0, -1)
	second := opens(1, mended, at("waits", digest.VerdictPrinted))
	want := map[string]digest.Look{"full": mended, "waits": at("waits", digest.VerdictPrinted)}
	for id, edition := range map[string]digest.ID{"full": first, "waits": second} {
		l := want[id]
		l.Edition = edition
		want[id] = l
	}
	got, err := s.Book.Looked(t.Context(), "evening")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	// Another slot knows what was printed, whatever it decided itself.
	o := Opening(1)
	o.Edition.ID.Slot = "morning"
	o.Looks = []digest.Look{at("waits", digest.VerdictElsewhere), at("full", digest.VerdictToCome)}
	if _, err := s.Book.OpenEdition(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	own := at("full", digest.VerdictToCome)
	own.Edition = o.Edition.ID
	want["full"] = own
	got, err = s.Book.Looked(t.Context(), "morning")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("another slot: %v %s", err, diff)
	}
	// One of a version that recorded nothing.
	opens(2)
	recorded(2, false)
	recorded(1, true)
}

func anEditionThatIsNotOpenedLookedAtNothing(t *testing.T, open Open) {
	s := open(t, Options{})
	o := Opening(0)
	o.Looks = []digest.Look{{ArticleID: "a", Verdict: digest.VerdictFull, Published: evening}}
	if _, err := s.Book.OpenEdition(t.Context(), o); err == nil {
		t.Fatal("opened for nobody")
	}
	if got, err := s.Book.Looked(t.Context(), "evening"); len(got) != 0 || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func whatADayPassedOverIsKeptUntilItPrints(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	quiet := digest.Record{ID: day(1), State: digest.Empty, Reason: "1 article, and it needs 2"}
	looks := []digest.Look{{
		ArticleID: "bridge", Verdict: digest.VerdictPassed, Published: evening, Text: digest.TextOf(digest.Article{}),
	}}
	looked := func(slot string, want ...digest.ID) {
		t.Helper()
		got, err := s.Book.Looked(t.Context(), slot)
		l, there := got["bridge"]
		if err != nil || there != (len(want) > 0) || there && (l.Edition != want[0] || l.Verdict != digest.VerdictPassed ||
			!l.Published.Equal(evening) || l.Text != looks[0].Text) {
			t.Errorf("slot %s: got %+v, %v, want %v", slot, got, err, want)
		}
	}
	enter := func(r digest.Record, passed []digest.Look, at time.Time) {
		t.Helper()
		if err := s.Book.Enter(t.Context(), r, passed, at); err != nil {
			t.Fatal(err)
		}
	}
	enter(quiet, looks, evening)
	looked("evening", day(1))
	looked("morning")
	// Who records the day once more changes nothing.
	enter(quiet, nil, evening)
	looked("evening", day(1))
	// Forgotten, it is as if it had not been.
	if err := s.Book.Forget(t.Context(), day(1)); err != nil {
		t.Fatal(err)
	}
	looked("evening")
	// Opened by hand, it passes nothing over.
	enter(quiet, looks, evening)
	mustOpen(t, s, 1)
	looked("evening")
	// What was printed stays so.
	o := Opening(2)
	o.Looks = []digest.Look{{ArticleID: "bridge", Verdict: digest.VerdictPrinted, Published: evening}}
	if _, err := s.Book.OpenEdition(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	quiet.ID = day(3)
	enter(quiet, looks, evening)
	if got, err := s.Book.Looked(t.Context(), "evening"); err != nil || got["bridge"].Verdict != digest.VerdictPrinted {
		t.Errorf("got %+v, %v", got, err)
	}
}
