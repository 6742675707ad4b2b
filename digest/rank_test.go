package digest_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vesper/digest"
)

// placed gives the IDs of a choice in their order, with the reason of each place.
func placed(choices []digest.Choice) []string {
	var lines []string
	for _, c := range choices {
		if c.Picked {
			lines = append(lines, c.Article.ID+": "+c.Place)
		}
	}
	return lines
}

// TestPinnedComeFirstThenTheNewestAndBriefsBySection is the rule of the order, at once.
func TestPinnedComeFirstThenTheNewestAndBriefsBySection(t *testing.T) {
	c := call()
	c.Slot.MaxArticles = 7
	c.Full, c.Sections = 2, []string{"City", "business  news"}
	c.Pins = []string{"old", "gone", "sport"}
	var desk []digest.Article
	for i, s := range []string{
		"sport:Sport", "new:", "world:World", "b:Business News", "c1:CITY", "c2: city ", "cut:City",
	} {
		id, section, _ := cut(s)
		desk = append(desk, digest.Article{
			ID: id, Headline: id, Section: section, Published: six.Add(-time.Duration(i+1) * time.Minute),
		})
	}
	desk = append(desk, at("old", window.From.Add(-time.Hour)))
	got := digest.Pick(desk, c)
	want := []string{
		"old: pinned, number 1 of 3", "sport: pinned, number 3 of 3",
		"c1: in brief, section CITY", "c2: in brief, section  city ", "b: in brief, section Business News",
		"new: in brief, newest first", "world: in brief, newest first",
	}
	if diff := cmp.Diff(want, placed(got)); diff != "" {
		t.Error(diff)
	}
	if last := got[len(got)-1]; last.Article.ID != "cut" || last.Verdict != digest.VerdictFull {
		t.Errorf("the last is %+v", last)
	}
}

func cut(s string) (id, section string, ok bool) {
	i := slices.Index([]byte(s), ':')
	return s[:i], s[i+1:], true
}

// TestAPinBringsNothingBackThatWasPrintedOrIsToCome: it decides on the place, and lets in
// what is too old or did not fit.
func TestAPinBringsNothingBackThatWasPrintedOrIsToCome(t *testing.T) {
	c := call()
	yesterday := digest.ID{Date: digest.Date{Year: 2026, Month: 11, Day: 21}, Slot: "evening", Sequence: 1}
	desk := []digest.Article{
		at("printed", six.Add(-time.Hour)), at("to-come", six.Add(time.Hour)), at("full", window.From.Add(-time.Hour)),
		at("old", window.From.Add(-50*time.Hour)),
		{ID: "other", Headline: "other", Label: "Morning Edition", Published: six.Add(-time.Hour)},
	}
	for _, a := range desk {
		c.Pins = append(c.Pins, a.ID)
	}
	c.Printed = map[string]digest.ID{"printed": yesterday}
	c.Looked = map[string]digest.Look{
		"full": {ArticleID: "full", Edition: yesterday, Verdict: digest.VerdictFull, Text: digest.TextOf(desk[2])},
	}
	want := []string{"full: pinned, number 3 of 5", "old: pinned, number 4 of 5"}
	if diff := cmp.Diff(want, placed(digest.Pick(desk, c))); diff != "" {
		t.Error(diff)
	}
}

// TestAnEditionDoesNotDependOnTheOrderOfItsDesk, nor prints more than it may, whatever is
// pinned and whichever sections come first; each article has one row, with a reason.
func TestAnEditionDoesNotDependOnTheOrderOfItsDesk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := call()
		c.Slot.MaxArticles = rapid.IntRange(1, 8).Draw(t, "most")
		c.Slot.MaxPerSection = rapid.IntRange(0, 3).Draw(t, "most of a section")
		c.Full = rapid.IntRange(0, 6).Draw(t, "full")
		sections := []string{"", "City", "city", "World", "Sport"}
		c.Sections = rapid.SliceOfN(rapid.SampledFrom(sections[1:]), 0, 3).Draw(t, "sections")
		var desk []digest.Article
		for i := range rapid.IntRange(0, 12).Draw(t, "articles") {
			id := fmt.Sprint("a", i)
			desk = append(desk, digest.Article{
				ID: id, Headline: id, Section: rapid.SampledFrom(sections).Draw(t, "section"),
				Published: six.Add(-time.Duration(rapid.IntRange(-2, 30).Draw(t, "hours")) * time.Hour),
			})
		}
		pins := rapid.SampledFrom([]string{"a0", "a1", "a2", "a3", "gone"})
		c.Pins = rapid.SliceOfNDistinct(pins, 0, 4, rapid.ID).Draw(t, "pins")
		got := digest.Pick(slices.Clone(desk), c)
		other := digest.Pick(rapid.Permutation(desk).Draw(t, "other order"), c)
		if diff := cmp.Diff(got, other); diff != "" {
			t.Fatal(diff)
		}
		picked := digest.Picked(got)
		if len(got) != len(desk) || len(picked) > c.Slot.MaxArticles {
			t.Fatalf("%d of %d articles have a row, %d are picked of %d", len(got), len(desk), len(picked), c.Slot.MaxArticles)
		}
		before := -1
		for i, row := range got {
			if row.Picked != (i < len(picked)) || row.Picked == (row.Place == "") || row.Picked == (row.Reason != "") {
				t.Fatalf("row %d: %+v", i, row)
			}
			if pin := slices.Index(c.Pins, row.Article.ID); row.Picked && pin >= 0 {
				if pin < before || i > 0 && before < 0 {
					t.Fatalf("the pins are not first, or not in order: %+v", got)
				}
				before = pin
			}
		}
	})
}

// TestASectionHasNoMoreThanItMay: pins count, and are never cut; what has no section is not
// limited; what is left out makes room, and is carried over like all that did not fit.
func TestASectionHasNoMoreThanItMay(t *testing.T) {
	c := call()
	c.Slot.MaxArticles, c.Slot.MaxPerSection = 5, 2
	c.Pins = []string{"c4", "c5"}
	var desk []digest.Article
	for i, s := range []string{"c1:City", "c2: CITY", "a:", "b:", "c3:city", "w:World", "d:", "c4:City", "c5:City"} {
		id, section, _ := cut(s)
		desk = append(desk, digest.Article{
			ID: id, Headline: id, Section: section, Published: six.Add(-time.Duration(i+1) * time.Minute),
		})
	}
	got := digest.Pick(desk, c)
	want := []string{
		"c4: pinned, number 1 of 2", "c5: pinned, number 2 of 2", "a: newest first", "b: newest first", "w: newest first",
	}
	if diff := cmp.Diff(want, placed(got)); diff != "" {
		t.Error(diff)
	}
	c.Pins = nil
	want = []string{"c1: newest first", "c2: newest first", "a: newest first", "b: newest first", "w: newest first"}
	got = digest.Pick(desk, c)
	if diff := cmp.Diff(want, placed(got)); diff != "" {
		t.Error(diff)
	}
	for _, row := range got {
		if row.Article.ID == "c3" && (row.Verdict != digest.VerdictFull ||
			row.Reason != "the edition has 2 of section city (max_per_section = 2)") {
			t.Errorf("got %+v", row)
		}
	}
}
