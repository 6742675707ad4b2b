package gather_test

import (
	"strings"
	"testing"
	"time"

	"vesper/digest/gather"
	"vesper/digest/intake/feed"
	"vesper/digest/intake/page"
)

// TestTheFirstLineOfAPageIsReadAsLooselyAsThatOfAFile, and no other line is taken for it.
func TestTheFirstLineOfAPageIsReadAsLooselyAsThatOfAFile(t *testing.T) {
	own := ours
	own.Editions, own.Zone = []string{"Evening Edition", "Morning Edition"}, time.FixedZone("", -5*3600)
	const first = `Bridge Reopens \ The Harbour Post \ Porto Alba \ Ana Ruiz \ Evening Edition \ The old bridge is open.`
	for name, c := range map[string]struct{ first, dateline, byline, label, summary string }{
		"as the format has it": {first, "Porto Alba", "Ana Ruiz", "Evening Edition", "The old bridge is open."},
		"bars":                 {strings.ReplaceAll(first, `\`, "|"), "Porto Alba", "Ana Ruiz", "Evening Edition", "The old bridge is open."},
		"dashes":               {strings.ReplaceAll(first, `\`, "—"), "Porto Alba", "Ana Ruiz", "Evening Edition", "The old bridge is open."},
		"no dateline": {
			strings.Replace(first, `Porto Alba \ `, "", 1), "", "Ana Ruiz", "Evening Edition", "The old bridge is open.",
		},
		"no first line":       {"The harbour | its boats | and we", "", "admin", "", "Feed's own."},
		"another publication": {strings.NewReplacer(`\`, "/", "The Harbour Post", "The Wire").Replace(first), "", "admin", "", "Feed's own."},
	} {
		content := strings.Replace(house, first, c.first, 1)
		it := feed.Item{
			GUID: "7", URL: "https://post.example/bridge", Title: "Bridge Reopens", Authors: []string{"admin"}, Published: seen,
		}
		got := own.StoryOf(feed.Feed{Title: "Feed"}, gather.Feed{}, it, page.Lines(content), seen).Article
		if c.summary == "Feed's own." {
			c.summary = got.Summary // it may be anything but a field of the line
		}
		if got.Dateline != c.dateline || got.Byline != c.byline || got.Label != c.label || got.Summary != c.summary ||
			len(got.QuickLooks) != 2 {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	for line, want := range map[string]string{
		"Embargo: 2026-11-28 06:00": "2026-11-28T11:00:00Z", "embargo: 2026-11-28T06:00:00Z": "2026-11-28T06:00:00Z",
		"Embargo: tomorrow": "left out",
	} {
		it := feed.Item{GUID: "7", URL: "https://post.example/bridge", Title: "Bridge Reopens", Published: seen}
		got := own.StoryOf(feed.Feed{}, gather.Feed{}, it, page.Lines("<p>"+line+"</p>"+house), seen)
		if want == "left out" {
			if !strings.HasPrefix(got.Left, "nobody knows when its embargo ends: ") {
				t.Errorf("%s: it is taken: %+v", line, got)
			}
		} else if got.Article.Embargo.UTC().Format(time.RFC3339) != want || got.Article.Label != "Evening Edition" {
			t.Errorf("%s: %+v", line, got)
		}
	}
}

// TestAStoryWithoutTheHousesPartsKeepsItsEmbargo, of our own site and of another publisher.
func TestAStoryWithoutTheHousesPartsKeepsItsEmbargo(t *testing.T) {
	for line, want := range map[string]string{
		"Embargo: 2026-11-28 06:00": "2026-11-28T06:00:00Z", "EMBARGO: 2026-11-28T06:00:00+01:00": "2026-11-28T05:00:00Z",
		"Embargo: tomorrow": "left out",
		"Embargo: the council lifts what it had put on herring and on nets forty years ago.": "",
	} {
		for _, host := range []string{"post", "wire"} {
			for _, excerpt := range []string{"", line + " The bridge is sold."} {
				it := feed.Item{GUID: "7", URL: "https://" + host + ".example/7", Title: "Bridge", Summary: excerpt, Published: seen}
				got := ours.StoryOf(feed.Feed{}, gather.Feed{}, it, page.Lines("<p>"+line+"</p><p>The bridge is sold.</p>"), seen)
				if left := strings.HasPrefix(got.Left, "nobody knows when its embargo ends: "); left != (want == "left out") {
					t.Errorf("%s, %s: %+v", host, line, got)
				} else if left {
					continue
				}
				ends := ""
				if at := got.Article.Embargo; !at.IsZero() {
					ends = at.UTC().Format(time.RFC3339)
				}
				if ends != want || want != "" && got.Article.Summary != "The bridge is sold." {
					t.Errorf("%s, %s: %+v", host, line, got)
				}
			}
		}
	}
}

// TestAHeadingQuickLookOverAText takes nothing of the text away.
func TestAHeadingQuickLookOverAText(t *testing.T) {
	it := feed.Item{GUID: "7", URL: "https://post.example/7", Title: "A Camera", Published: seen}
	lines := page.Lines("<h3>Quick Look</h3><p>It is small.</p><p>It is dear.</p>")
	got := ours.StoryOf(feed.Feed{}, gather.Feed{}, it, lines, seen).Article
	if len(got.DeepLook) != 2 || got.Summary != "It is small. It is dear." || got.QuickLooks != nil {
		t.Errorf("got %+v", got)
	}
}
