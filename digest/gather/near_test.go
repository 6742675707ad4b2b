package gather_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/gather"
	"vesper/digest/intake"
	"vesper/digest/intake/feed"
	"vesper/digest/intake/page"
	"vesper/digest/whole"
)

// TestNoTwoStoriesOfRealFeedsAreTakenForOne has an edition of all that real feeds have, with
// their texts and with their summaries alone: only what has the same address is one story.
func TestNoTwoStoriesOfRealFeedsAreTakenForOne(t *testing.T) {
	whole.NotRaced(t)
	names, err := filepath.Glob("../../../shared/data/feeds/real/*/*")
	if err != nil || len(names) == 0 {
		t.Skip("the collected feeds are not here")
	}
	for _, pages := range []bool{true, false} {
		var articles []digest.Article
		urls := map[string]string{}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f, err := feed.Parse(text, &url.URL{Scheme: "https", Host: "x.example"}, "")
			if err != nil {
				continue
			}
			for i, it := range f.Items {
				lines := page.Lines(it.Content)
				if len(lines) == 0 {
					lines = page.Lines(it.Summary)
				}
				a := intake.Clean(ours.StoryOf(f, gather.Feed{Pages: pages}, it, lines, seen).Article)
				a.ID, a.Feed, a.Published = fmt.Sprintf("%s-%d", filepath.Base(name), i), name, seen
				urls[a.ID] = gather.Canonical(it.URL)
				articles = append(articles, a)
			}
		}
		all := digest.Call{Window: digest.Window{From: seen.Add(-time.Hour), To: seen.Add(time.Hour)}}
		one := 0
		for _, c := range digest.Pick(articles, all) {
			rest, ok := strings.CutPrefix(c.Reason, "the same story as ")
			if !ok {
				continue
			}
			one++
			var other string
			if _, err := fmt.Sscanf(rest, "%q", &other); err != nil || urls[other] != urls[c.Article.ID] {
				t.Errorf("%s: %s (%v)", c.Article.ID, c.Reason, err)
			}
		}
		t.Logf("of %d stories %d are another feed's", len(articles), one)
		if pages && one == 0 { // with the summary alone all that are found are copies
			t.Error("no story is found in two feeds")
		}
	}
}
