package gather_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest/gather"
	"vesper/digest/intake"
	"vesper/digest/intake/feed"
	"vesper/digest/intake/page"
)

// FuzzFeedToArticles: whatever the bytes of a feed are, each story that is taken becomes a
// file, and that is read again as the same article.
func FuzzFeedToArticles(f *testing.F) {
	from, err := url.Parse("https://post.example/feed/")
	if err != nil {
		f.Fatal(err)
	}
	desk := intake.Desk{Zone: time.UTC}
	f.Fuzz(func(t *testing.T, text []byte) {
		of, err := feed.Parse(text, from, "")
		if err != nil {
			return
		}
		for _, pages := range []bool{true, false} {
			for _, it := range of.Items {
				lines := page.Lines(it.Content)
				if len(lines) == 0 {
					lines = page.Lines(it.Summary)
				}
				s := ours.StoryOf(of, gather.Feed{Pages: pages}, it, lines, seen)
				if s.Article.Published.After(seen) || it.Locked && s.Left == "" {
					t.Errorf("published %v; locked %v, left out %q", s.Article.Published, it.Locked, s.Left)
				}
				if s.Article.Feed = "post.example"; s.Left != "" {
					continue
				}
				a := gather.Named(s)
				if a.Headline == "" {
					continue
				}
				got, _, err := desk.Check(a.ID+".txt", intake.WriteHouse(a))
				if err != nil {
					t.Fatalf("its file is refused: %v", err)
				}
				if diff := cmp.Diff(a, got); diff != "" {
					t.Errorf("its file is read as another: %s", diff)
				}
			}
		}
	})
}
