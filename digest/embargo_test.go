package digest_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vesper/digest"
)

func embargoed(id string, published, end time.Time) digest.Article {
	a := at(id, published)
	a.Embargo = end
	return a
}

func TestAStoryIsInNoEditionBeforeItsEmbargoEnds(t *testing.T) {
	const waits, toCome = "a embargo until 2026-11-22 ", "a published after the cut-off, 2026-11-22 18:00:00 UTC"
	noon, cet := six.Add(-6*time.Hour), time.FixedZone("CET", 3600)
	for name, c := range map[string]struct {
		published, end time.Time
		want           string
	}{
		"it ends after the cut-off":        {noon, six.Add(time.Hour), waits + "19:00:00 UTC"},
		"it ends at the cut-off":           {noon, six, waits + "18:00:00 UTC"},
		"it ends just before":              {noon, six.Add(-time.Second), "a picked"},
		"its zone is another":              {noon, six.In(cet), waits + "18:00:00 UTC"},
		"it was published days before":     {six.AddDate(0, 0, -9), noon, "a picked"},
		"it ended before it was published": {noon, six.AddDate(-1, 0, 0), "a picked"},
		"it ended before the window":       {six.AddDate(0, 0, -9), window.From.Add(-time.Second), "a " + early},
		"both are after the cut-off":       {six.Add(time.Hour), six.Add(2 * time.Hour), waits + "20:00:00 UTC"},
		"it is published after its end":    {six.Add(time.Hour), noon, toCome},
	} {
		story := embargoed("a", c.published, c.end)
		withPin := call()
		withPin.Pins = []string{"a"}
		choice, got := one(t, story, call())
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		if pinned, _ := one(t, story, withPin); choice.Verdict == digest.VerdictEmbargo && pinned.Picked {
			t.Errorf("%s: a pin prints it", name)
		}
	}
}

func TestTheEndOfAnEmbargoIsTheStorysPlace(t *testing.T) {
	got := decisions(digest.Pick([]digest.Article{
		at("four", six.Add(-2*time.Hour)),
		embargoed("five", six.AddDate(0, 0, -5), six.Add(-time.Hour)),
		at("three", six.Add(-3*time.Hour)),
	}, call()))
	if diff := cmp.Diff([]string{"five picked", "four picked", "three picked"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestNoCopyBreaksAnEmbargo(t *testing.T) {
	story := embargoed("a-long-name", six.Add(-time.Hour), six.Add(time.Hour))
	twin := at("a", six.Add(-time.Hour))
	twin.Headline = story.Headline
	for _, c := range digest.Pick([]digest.Article{story, twin}, call()) {
		if c.Picked || c.Verdict != digest.VerdictEmbargo {
			t.Errorf("got %+v", c)
		}
	}
}

// TestAnEmbargoedStoryIsPrintedOnceByTheFirstEditionAfterItsEnd: whenever it came onto the
// desk, and whether an editor lifts the embargo meanwhile.
func TestAnEmbargoedStoryIsPrintedOnceByTheFirstEditionAfterItsEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.IntRange(-4*24*60, 4*24*60)
		published := six.Add(time.Duration(minutes.Draw(t, "published")) * time.Minute)
		a := embargoed("a", published, six.Add(time.Duration(minutes.Draw(t, "end"))*time.Minute))
		came := rapid.IntRange(0, 4).Draw(t, "came")
		lifted := rapid.IntRange(0, 12).Draw(t, "lifted")
		c := looked()
		c.Slot.MaxAge = 30 * 24 * time.Hour
		var printed *digest.ID
		for day := range 10 {
			cutOff := six.AddDate(0, 0, day)
			c.Window = digest.Window{From: cutOff.AddDate(0, 0, -1), To: cutOff}
			if day < came {
				continue
			}
			if day >= lifted {
				a.Embargo = time.Time{}
			}
			id := digest.ID{Date: digest.DateOf(cutOff), Slot: "evening", Sequence: 1}
			choices := digest.Pick([]digest.Article{a}, c)
			due := a.Published.Before(cutOff) && (a.Embargo.IsZero() || a.Embargo.Before(cutOff))
			if want := due && printed == nil; choices[0].Picked != want {
				t.Fatalf("%s: picked %v, want %v: %+v", id, choices[0].Picked, want, choices[0])
			}
			for _, l := range digest.Looks(choices, c.Looked) {
				l.Edition = id
				c.Looked[l.ArticleID] = l
			}
			if choices[0].Picked {
				printed = &id
				c.Printed = map[string]digest.ID{"a": id}
			}
		}
		if printed == nil {
			t.Fatal("it was never printed")
		}
	})
}
