package digest_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

var monday = digest.ID{Date: digest.Date{Year: 2026, Month: 11, Day: 21}, Slot: "evening", Sequence: 1}

// looked is a call whose slot has looked at these articles before the window.
func looked(looks ...digest.Look) digest.Call {
	c := call()
	c.Recorded, c.Slot.MaxAge, c.Looked = true, 72*time.Hour, map[string]digest.Look{}
	for _, l := range looks {
		l.Edition = monday
		c.Looked[l.ArticleID] = l
	}
	return c
}

func look(a digest.Article, v digest.Verdict) digest.Look {
	return digest.Look{ArticleID: a.ID, Verdict: v, Published: a.Published, Text: digest.TextOf(a)}
}

func one(t *testing.T, a digest.Article, c digest.Call) (digest.Choice, string) {
	t.Helper()
	choices := digest.Pick([]digest.Article{a}, c)
	return choices[0], decisions(choices)[0]
}

const early = "published before this edition's window, which starts 2026-11-21 18:00:00 UTC"

func TestAStoryThatComesLateIsPrintedByTheNextEdition(t *testing.T) {
	a := at("a", window.From.Add(-time.Hour))
	c, _ := one(t, a, looked())
	if !c.Picked || !c.Late || c.Verdict != digest.VerdictPrinted {
		t.Errorf("got %+v", c)
	}
	wrongYear := look(a, digest.VerdictOld)
	wrongYear.Published = a.Published.AddDate(-1, 0, 0)
	slotOfMorning := look(a, digest.VerdictElsewhere)
	toCome := look(a, digest.VerdictToCome)
	for name, before := range map[string]digest.Look{
		"its year was mended": wrongYear, "its label was mended": slotOfMorning, "its time was put back": toCome,
	} {
		if c, line := one(t, a, looked(before)); !c.Late {
			t.Errorf("%s: got %s", name, line)
		}
	}
}

func TestWhatAnEditionPassedOverIsDoneWith(t *testing.T) {
	a := at("a", window.From.Add(-time.Hour))
	file := at("a", window.From.Add(-time.Millisecond))
	file.FileTime = true
	renamed := a
	renamed.ID = "b"
	for name, c := range map[string]struct {
		article digest.Article
		before  digest.Look
		want    string
	}{
		"full":              {a, look(a, digest.VerdictFull), "a it did not fit into 2026-11-21-evening"},
		"full, by a tick":   {file, look(file, digest.VerdictFull), "a it did not fit into 2026-11-21-evening"},
		"full, and renamed": {renamed, look(a, digest.VerdictFull), "b it did not fit into 2026-11-21-evening"},
		"printed, and renamed": {
			renamed, look(a, digest.VerdictPrinted), `b the same text as "a", which 2026-11-21-evening printed`,
		},
		"old":    {a, look(a, digest.VerdictOld), "a " + early},
		"a copy": {a, look(a, digest.VerdictCopy), "a left out of 2026-11-21-evening as a copy"},
	} {
		if _, got := one(t, c.article, looked(c.before)); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	// In the window its time counts; but the same text is not printed twice.
	again := at("b", six.Add(-time.Hour))
	again.Headline = "a"
	if _, got := one(t, again, looked(look(a, digest.VerdictFull))); got != "b picked" {
		t.Errorf("got %q", got)
	}
	if c, got := one(t, again, looked(look(a, digest.VerdictPrinted))); c.Picked || c.Verdict != digest.VerdictCopy {
		t.Errorf("got %q", got)
	}
}

func TestNothingIsLateWithoutARecordOrWhenItIsTooOld(t *testing.T) {
	for name, c := range map[string]struct {
		published time.Time
		recorded  bool
		want      string
	}{
		"opened by an older version": {window.From.Add(-time.Hour), false, "a " + early},
		"just young enough":          {six.Add(-72 * time.Hour), true, ""},
		"too old":                    {six.Add(-73 * time.Hour), true, "a " + early + ", and older than max_age = 72h0m0s"},
	} {
		call := looked()
		call.Recorded = c.recorded
		if choice, got := one(t, at("a", c.published), call); choice.Late != (c.want == "") || !choice.Late && got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestWhatDidNotFitIsCarriedOverIfTheSlotSaysSo(t *testing.T) {
	a, old := at("a", window.From.Add(-time.Hour)), at("old", six.Add(-73*time.Hour))
	call := looked(look(a, digest.VerdictFull), look(old, digest.VerdictFull))
	call.Slot.CarryOver = true
	if c, line := one(t, a, call); !c.CarriedOver || c.Late ||
		line != "a picked carried over: it did not fit into 2026-11-21-evening" {
		t.Errorf("got %s", line)
	}
	if _, line := one(t, old, call); line != "old it did not fit into 2026-11-21-evening" {
		t.Errorf("got %s", line)
	}
	// It makes room for what is newer, and comes back once more.
	choices := digest.Pick([]digest.Article{
		a, at("b", six.Add(-time.Hour)), at("c", six.Add(-time.Hour)), at("d", six.Add(-time.Hour)),
	}, call)
	last := choices[3]
	if last.Article.ID != "a" || last.Picked || last.CarriedOver || last.Verdict != digest.VerdictFull {
		t.Errorf("got %+v", last)
	}
	if got := digest.Looks(choices, call.Looked); len(got) != 3 {
		t.Errorf("%d looks, want those at the three others", len(got))
	}
}

func TestALookIsRecordedOnce(t *testing.T) {
	a := at("a", six.Add(-time.Hour))
	label := a
	label.ID, label.Label = "morning", "Morning Edition"
	desk := []digest.Article{a, label, at("old", time.Unix(0, 0)), at("new", six)}
	first := digest.Looks(digest.Pick(desk, call()), nil)
	want := map[string]digest.Verdict{
		"a": digest.VerdictPrinted, "morning": digest.VerdictElsewhere, "old": digest.VerdictOld, "new": digest.VerdictToCome,
	}
	got := map[string]digest.Verdict{}
	for _, l := range first {
		got[l.ArticleID] = l.Verdict
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	next := looked(first...)
	next.Window = digest.Window{From: six, To: six.AddDate(0, 0, 1)}
	next.Printed = map[string]digest.ID{"a": monday}
	again := digest.Looks(digest.Pick(desk, next), next.Looked)
	if len(again) != 1 || again[0].ArticleID != "new" || again[0].Verdict != digest.VerdictPrinted {
		t.Errorf("got %+v, want what was to come alone", again)
	}
}
