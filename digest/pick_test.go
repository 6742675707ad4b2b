package digest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vesper/digest"
)

var (
	evening = digest.Slot{Name: "evening", Title: "Evening Edition", MinArticles: 1, MaxArticles: 3}
	morning = digest.Slot{Name: "morning", Title: "Morning Edition", MinArticles: 1, MaxArticles: 3}
	six     = time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	window  = digest.Window{From: six.AddDate(0, 0, -1), To: six}
)

func call() digest.Call {
	return digest.Call{Slot: evening, Slots: []digest.Slot{evening, morning}, Window: window}
}

func at(id string, t time.Time) digest.Article {
	return digest.Article{ID: id, Headline: id, Published: t}
}

func decisions(choices []digest.Choice) []string {
	var lines []string
	for _, c := range choices {
		line := c.Article.ID
		if c.Picked {
			line += " picked"
		}
		lines = append(lines, strings.TrimSpace(line+" "+c.Reason+c.Warning))
	}
	return lines
}

func TestTheWindowIsHalfOpen(t *testing.T) {
	got := decisions(digest.Pick([]digest.Article{
		at("at-the-cut-off", six),
		at("just-before", six.Add(-time.Second)),
		at("at-the-start", window.From),
		at("too-early", window.From.Add(-time.Second)),
	}, call()))
	want := []string{
		"just-before picked",
		"at-the-start picked",
		"at-the-cut-off published after the cut-off, 2026-11-22 18:00:00 UTC",
		"too-early published before this edition's window, which starts 2026-11-21 18:00:00 UTC",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAFileWrittenAtTheCutOffFallsBetweenNoTwoEditions(t *testing.T) {
	// A file system's clock may be a little late, and cut-offs are whole seconds.
	file := at("late-file", window.From.Add(-4*time.Millisecond))
	file.FileTime = true
	if got := decisions(digest.Pick([]digest.Article{file}, call())); got[0] != "late-file picked" {
		t.Errorf("got %q", got[0])
	}
}

func TestAnArticleIsPrintedOnce(t *testing.T) {
	c := call()
	yesterday := digest.ID{Date: digest.Date{Year: 2026, Month: 11, Day: 21}, Slot: "evening", Sequence: 1}
	c.Printed = map[string]digest.ID{"old": yesterday}
	got := decisions(digest.Pick([]digest.Article{at("old", six.Add(-time.Hour))}, c))
	if want := "old printed in 2026-11-21-evening"; got[0] != want {
		t.Errorf("got %q, want %q", got[0], want)
	}
}

func TestAnArticleIsLeftToTheEditionOfItsLabel(t *testing.T) {
	for label, want := range map[string]string{
		"":                  "a picked",
		"Evening Edition":   "a picked",
		"evening  EDITION ": "a picked",
		"evening":           "a picked",
		"Morning Edition":   "a labelled for the Morning Edition",
		"morning":           "a labelled for the Morning Edition",
		"Night Edition":     `a picked the label "Night Edition" is not a configured edition; the article is taken anyway`,
	} {
		a := at("a", six.Add(-time.Hour))
		a.Label = label
		if got := decisions(digest.Pick([]digest.Article{a}, call())); got[0] != want {
			t.Errorf("label %q: got %q, want %q", label, got[0], want)
		}
	}
}

func TestTheNewestArticlesComeFirstAndTheRestSayWhy(t *testing.T) {
	var articles []digest.Article
	for i := range 5 {
		articles = append(articles, at(fmt.Sprintf("h%d", i), six.Add(-time.Duration(i+1)*time.Hour)))
	}
	got := decisions(digest.Pick(articles, call()))
	want := []string{
		"h0 picked", "h1 picked", "h2 picked",
		"h3 the edition is full (max_articles = 3)", "h4 the edition is full (max_articles = 3)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPickingLosesNothingAndDependsOnNoOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 12).Draw(t, "n")
		articles := make([]digest.Article, n)
		for i := range articles {
			hours := time.Duration(rapid.IntRange(-5, 30).Draw(t, "hours"))
			articles[i] = at(fmt.Sprintf("a%02d", i), six.Add(-hours*time.Hour))
		}
		first := digest.Pick(articles, call())
		second := digest.Pick(rapid.Permutation(articles).Draw(t, "order"), call())
		if diff := cmp.Diff(first, second); diff != "" {
			t.Fatal(diff)
		}
		if len(first) != n || len(digest.Picked(first)) > evening.MaxArticles {
			t.Fatalf("%d choices of %d articles, %d picked", len(first), n, len(digest.Picked(first)))
		}
		for _, c := range first {
			if c.Picked == (c.Reason != "") {
				t.Fatalf("%s: picked %v with reason %q", c.Article.ID, c.Picked, c.Reason)
			}
		}
	})
}

func TestTheWindowStartsAtTheLastCutOffAndIsNeverLongerThanMaxAge(t *testing.T) {
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		last time.Time
		want time.Duration
	}{
		"the very first":       {time.Time{}, day},
		"every evening":        {six.Add(-day), day},
		"sent by hand earlier": {six.Add(-5 * time.Hour), 5 * time.Hour},
		"after a long pause":   {six.Add(-30 * day), 72 * time.Hour},
	} {
		if got := digest.WindowAt(c.last, six, 72*time.Hour); got.To.Sub(got.From) != c.want || got.To != six {
			t.Errorf("%s: got %v, want it %v long", name, got, c.want)
		}
	}
}
