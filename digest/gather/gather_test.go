package gather_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/digest/gather"
	"vesper/digest/intake/feed"
	"vesper/digest/intake/fetch"
	"vesper/digest/intake/page"
)

// site answers with what lies at each address; it stands for the network.
type site map[string]string

func (s site) Get(_ context.Context, r fetch.Request) (fetch.Response, error) {
	body, ok := s[r.URL]
	if !ok {
		return fetch.Response{}, &fetch.StatusError{Code: 404}
	}
	u, err := url.Parse(r.URL)
	return fetch.Response{URL: u, Body: []byte(body)}, err
}

var (
	seen = time.Date(2026, 11, 27, 18, 0, 0, 0, time.UTC)
	ours = gather.Publication{Name: "The Harbour Post", Host: "www.post.example"}
)

const house = `<p>Bridge Reopens \ The Harbour Post \ Porto Alba \ Ana Ruiz \ Evening Edition \ The old bridge is open.</p>
<h3>Quick Looks:</h3><ul><li>It opened at six.</li><li>Trams run again.</li></ul>
<h3>Deep Look</h3><p>The first tram crossed the harbour at six.</p><h4>What It Took</h4><p>Divers set eleven rings.</p>`

func TestAStoryWithTheHousesPartsIsTheArticleOfItsFile(t *testing.T) {
	for name, content := range map[string]string{
		"list":                house,
		"bullets":             strings.NewReplacer("<ul><li>", "<p>• ", "</li><li>", "<br>- ", "</li></ul>", "</p>").Replace(house),
		"capitals":            strings.NewReplacer("Quick Looks:", "QUICK LOOK", "Deep Look", "DEEP LOOK").Replace(house),
		"without a Deep Look": strings.Replace(house, "<h3>Deep Look</h3>", "", 1),
	} {
		t.Run(name, func(t *testing.T) {
			it := feed.Item{
				GUID: "7", URL: "https://post.example/bridge", Title: "Bridge Reopens", Authors: []string{"admin"},
				Sections: []string{"City", "Trams"}, Published: seen.Add(-time.Hour),
			}
			got := ours.StoryOf(feed.Feed{Title: "Feed"}, gather.Feed{}, it, page.Lines(content), seen)
			want := gather.Story{
				GUID: "7", Form: gather.OfHouse,
				Article: digest.Article{
					Headline: "Bridge Reopens", Source: "The Harbour Post", Dateline: "Porto Alba", Byline: "Ana Ruiz",
					Label: "Evening Edition", Summary: "The old bridge is open.", Section: "City",
					QuickLooks: []string{"It opened at six.", "Trams run again."},
					DeepLook: []digest.Block{
						{Text: "The first tram crossed the harbour at six."},
						{Heading: true, Text: "What It Took"},
						{Text: "Divers set eleven rings."},
					},
					URL: "https://post.example/bridge", Published: seen.Add(-time.Hour),
				},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTheTextOfOthersIsNotPrinted takes headline, summary, source and link of theirs.
func TestTheTextOfOthersIsNotPrinted(t *testing.T) {
	it := feed.Item{GUID: "7", URL: "https://wire.example/7", Title: "Tides", Content: house, Published: seen}
	got := ours.StoryOf(feed.Feed{Title: "The Wire"}, gather.Feed{}, it, page.Lines(house), seen)
	if got.Form != gather.OfSummary || got.Article.DeepLook != nil || got.Article.QuickLooks != nil ||
		got.Article.Source != "The Wire" {
		t.Errorf("got %+v", got)
	}
	got = ours.StoryOf(feed.Feed{Title: "The Wire"}, gather.Feed{Pages: true}, it, page.Lines(house), seen)
	if got.Form != gather.OfHouse || len(got.Article.QuickLooks) != 2 {
		t.Errorf("with pages = true: got %+v", got)
	}
}

func TestASummaryIsTheFeedsOrTheFirstSentences(t *testing.T) {
	long := strings.Repeat("The tide was high. ", 40)
	for summary, want := range map[string]string{
		"<p>The tide was high. [&hellip;]</p>":                                         "The tide was high.",
		"The tide was high … <a href=x>Continue reading <span>Tides</span> →</a>":      "The tide was high …",
		"The tide was high.<p>The post <a>Tides</a> appeared first on <a>The Post</a>": "The tide was high.",
		"":                           "From the content.",
		"Tides":                      "",
		long:                         strings.TrimSpace(strings.Repeat("The tide was high. ", 21)),
		strings.Repeat("tide ", 200): strings.TrimSpace(strings.Repeat("tide ", 80)) + " …",
	} {
		it := feed.Item{GUID: "7", URL: "https://wire.example/7", Title: "Tides", Summary: summary}
		got := ours.StoryOf(feed.Feed{}, gather.Feed{}, it, page.Lines("<p>From the content.</p>"), seen)
		if got.Article.Summary != want {
			t.Errorf("%.50q: got %q, want %q", summary, got.Article.Summary, want)
		}
	}
}

// TestAStorysTimeIsNeverOfTheFuture: a wrong clock would keep it from all editions.
func TestAStorysTimeIsNeverOfTheFuture(t *testing.T) {
	before, after := seen.Add(-time.Hour), seen.Add(time.Hour)
	for name, c := range map[string]struct{ published, updated, want time.Time }{
		"published":     {before, after, before},
		"only updated":  {time.Time{}, before, before},
		"nothing":       {time.Time{}, time.Time{}, seen},
		"of the future": {after, time.Time{}, seen},
		"updated later": {before, before.Add(time.Minute), before},
		"updated ahead": {time.Time{}, after, seen},
	} {
		it := feed.Item{GUID: "7", Title: "Tides", Published: c.published, Updated: c.updated}
		if got := ours.StoryOf(feed.Feed{}, gather.Feed{}, it, nil, seen); !got.Article.Published.Equal(c.want) {
			t.Errorf("%s: got %v, want %v", name, got.Article.Published, c.want)
		}
	}
}

func TestWhatIsLeftOutHasAReason(t *testing.T) {
	for want, c := range map[string]struct {
		feed gather.Feed
		item feed.Item
	}{
		"it has no headline and no text":                                           {item: feed.Item{GUID: "7"}},
		"it has neither a name (guid) nor a link, so it can't be told from others": {item: feed.Item{Title: "Tides"}},
		"it has no Quick Looks":                                                    {gather.Feed{Skip: true}, feed.Item{GUID: "7", Title: "Tides"}},
		"":                                                                         {item: feed.Item{GUID: "7", Summary: "The tide was high. The ferries wait."}},
	} {
		got := ours.StoryOf(feed.Feed{}, c.feed, c.item, nil, seen)
		if got.Left != want {
			t.Errorf("got %q, want %q", got.Left, want)
		}
		if want == "" && got.Article.Headline != "The tide was high." {
			t.Errorf("the headline is %q", got.Article.Headline)
		}
	}
}

const (
	rss = `<rss version="2.0"><channel><title>The Harbour Post</title><item><guid>7</guid><title>Tides</title>` +
		`<link>https://post.example/tides</link></item></channel></rss>`
	json = `[{"id":7,"status":"publish","link":"https://post.example/tides","title":{"rendered":"Tides"},` +
		`"date_gmt":"2026-11-27T17:00:00"}]`
	home = `<html><head><link rel="https://api.w.org/" href="/wp-json/">` +
		`<link rel=alternate type="application/rss+xml" href="/feed/"></head></html>`
)

func TestASitesStoriesAreFoundByItsAddress(t *testing.T) {
	const post = "https://post.example/"
	posts := post + "wp-json/wp/v2/posts?_embed=author%2Cwp%3Aterm&per_page=50"
	for name, c := range map[string]struct {
		site      site
		from, url string
		err       error
	}{
		"a feed":            {site{post + "feed/": rss}, post + "feed/", post + "feed/", nil},
		"WordPress":         {site{post: home, posts: json}, post, posts, nil},
		"WordPress's feed":  {site{post: home, post + "feed/": rss}, post, post + "feed/", nil},
		"a page without":    {site{post: "<html>"}, post, "", gather.ErrNothing},
		"broken XML":        {site{post: "<rss><channel>"}, post, "", errAny},
		"a page with a lie": {site{post: home}, post, "", errAny},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := gather.Look(t.Context(), c.site, c.from)
			if c.err == errAny && err != nil {
				return
			}
			if got.URL != c.url || !errors.Is(err, c.err) {
				t.Errorf("got %q, %v", got.URL, err)
			}
			if err == nil && (len(got.Feed.Items) != 1 || got.Feed.Items[0].Title != "Tides") {
				t.Errorf("got %+v", got.Feed)
			}
		})
	}
}

var errAny = errors.New("any")

// TestAThinFeedIsFilledFromThePages reads the story's own page where its text may be
// printed and the feed has too little.
func TestAThinFeedIsFilledFromThePages(t *testing.T) {
	pages := site{"https://post.example/tides": "<html><body><nav>Home</nav><article><h1>Tides</h1>" + house + "</article></body></html>"}
	f, err := feed.Parse([]byte(rss), nil, "")
	if err != nil {
		t.Fatal(err)
	}
	got := ours.Stories(t.Context(), pages, f, gather.Feed{}, seen)
	if len(got) != 1 || got[0].Form != gather.OfHouse || len(got[0].Article.QuickLooks) != 2 {
		t.Errorf("got %+v", got)
	}
	// Of another publisher no page is asked.
	other := gather.Publication{Name: "Other", Host: "other.example"}
	if got := other.Stories(t.Context(), nil, f, gather.Feed{}, seen); got[0].Form != gather.OfSummary {
		t.Errorf("got %+v", got)
	}
}

// TestTheGivenStoryComesThroughAFeed has its ten Quick Looks, byline, dateline and
// paragraphs.
func TestTheGivenStoryComesThroughAFeed(t *testing.T) {
	text, err := os.ReadFile("../../../shared/data/house-format/mexicos-sheinbaum-rejects-trumps-military-offer.txt")
	if err != nil {
		t.Skip(err)
	}
	var content strings.Builder
	for line := range strings.Lines(string(text)) {
		item, isItem := strings.CutPrefix(line, "- ")
		if isItem {
			fmt.Fprintf(&content, "<li>%s</li>", item)
		} else {
			fmt.Fprintf(&content, "<p>%s</p>", line)
		}
	}
	it := feed.Item{GUID: "7", URL: "https://post.example/7", Title: "Other", Published: seen}
	got := ours.StoryOf(feed.Feed{}, gather.Feed{}, it, page.Lines(content.String()), seen).Article
	if len(got.QuickLooks) != 10 || got.Byline != "Mary Sidiqi" || got.Dateline != "Washington DC" || len(got.DeepLook) < 20 {
		t.Errorf("%d Quick Looks, by %q, %q, %d paragraphs", len(got.QuickLooks), got.Byline, got.Dateline, len(got.DeepLook))
	}
}
