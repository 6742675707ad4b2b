package digest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// copied gives articles of one text, each an hour older than the one before.
func copied(ids ...string) []digest.Article {
	var articles []digest.Article
	for i, id := range ids {
		a := at(id, six.Add(-time.Duration(i+1)*time.Hour))
		a.Headline, a.Summary = "Night trains return", "On four routes."
		articles = append(articles, a)
	}
	return articles
}

func TestTheSameTextIsOneArticle(t *testing.T) {
	got := decisions(digest.Pick(copied("story (1)", "story.sync-conflict-20261126", "story", "Copy of story"), call()))
	want := []string{
		`story picked the same text is on the desk as "story (1)", "Copy of story", "story.sync-conflict-20261126"`,
		`story (1) the same text as "story"`,
		`story.sync-conflict-20261126 the same text as "story"`,
		`Copy of story the same text as "story"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOfCopiesThePinnedOneIsPrinted(t *testing.T) {
	c := call()
	c.Pins = []string{"a long name", "name"}
	got := decisions(digest.Pick(copied("s", "name", "a long name"), c))
	want := []string{
		`a long name picked the same text is on the desk as "name", "s"`, `name the same text as "a long name"`,
		`s the same text as "a long name"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNamesThatLookTheSameAreOneArticle(t *testing.T) {
	composed, decomposed := "caf\u00e9", "cafe\u0301"
	choices := digest.Pick(copied(decomposed, composed), call())
	if picked := digest.Picked(choices); len(picked) != 1 || picked[0].ID != composed {
		t.Errorf("picked %v", picked)
	}
}

func TestACopyOfWhatWasPrintedIsNotPrinted(t *testing.T) {
	c := call()
	c.Printed = map[string]digest.ID{"story": monday}
	got := decisions(digest.Pick(copied("a", "story", "b"), c))
	want := []string{
		`a the same text as "story": printed in 2026-11-21-evening`, "story printed in 2026-11-21-evening",
		`b the same text as "story": printed in 2026-11-21-evening`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// A copy stands in for one whose time has not come.
	twins := copied("story", "copy")
	twins[0].Published = six
	if picked := digest.Picked(digest.Pick(twins, call())); len(picked) != 1 || picked[0].ID != "copy" {
		t.Errorf("picked %v", picked)
	}
}

func TestATextForTwoEditionsIsNoCopy(t *testing.T) {
	twins := copied("morning", "evening")
	twins[0].Label, twins[1].Label = "Morning Edition", "Evening Edition"
	if picked := digest.Picked(digest.Pick(twins, call())); len(picked) != 1 || picked[0].ID != "evening" {
		t.Errorf("picked %v", picked)
	}
}

func TestCopiesTakeNoRoom(t *testing.T) {
	articles := append(copied("a", "a1", "a2"), at("b", six.Add(-9*time.Hour)), at("c", six.Add(-9*time.Hour)))
	if picked := digest.Picked(digest.Pick(articles, call())); len(picked) != 3 {
		t.Errorf("picked %d of three", len(picked))
	}
}

func TestAHeadlineThatStandsTwiceIsSaid(t *testing.T) {
	twins := copied("a", "b", "c")
	twins[1].Headline, twins[1].Summary = "Night  Trains return", "Another text."
	twins[2].Published = six
	got := decisions(digest.Pick(twins, call()))
	want := []string{
		`a picked the same text is on the desk as "c"; the edition has its headline twice: "b" has the same`,
		`b picked the edition has its headline twice: "a" has the same`,
		"c published after the cut-off, 2026-11-22 18:00:00 UTC",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLongTextsAreSaid(t *testing.T) {
	a := at("a", six.Add(-time.Hour))
	a.Headline, a.Summary = strings.Repeat("ä", 120), strings.Repeat("s", 700)
	a.QuickLooks = []string{strings.Repeat("q", 180)}
	if long := a.Lengths(); len(long) > 0 {
		t.Errorf("got %q", long)
	}
	a.Headline, a.Summary, a.QuickLooks[0] = a.Headline+"ä", a.Summary+"s", a.QuickLooks[0]+"q"
	want := "a picked the headline has 121 characters: more than 120 are hard to read; " +
		"the summary has 701 characters: more than 700 are hard to read; " +
		"Quick Look 1 has 181 characters: more than 180 are hard to read"
	if _, got := one(t, a, call()); got != want {
		t.Errorf("got %q", got)
	}
}
