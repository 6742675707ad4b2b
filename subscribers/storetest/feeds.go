package storetest

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// Feeds is where stories come from.
type Feeds interface {
	Feed(ctx context.Context, url string) (digest.FeedState, error)
	Known(ctx context.Context, feed, guid, url string) (digest.Story, error)
	Stories(ctx context.Context) (map[string]digest.Story, error)
	Updates(ctx context.Context, article string) ([]digest.Story, error)
	PrintedAs(ctx context.Context, article string) ([]digest.Article, error)
	Record(ctx context.Context, f digest.FeedState, stories []digest.Story) error
	Decide(ctx context.Context, st digest.Story) error
}

// feedPromises are those about feeds and their stories.
var feedPromises = map[string]func(*testing.T, Open){
	"TestAFeedIsKnownAsItAnsweredLast":            aFeedIsKnown,
	"TestAStoryIsKnownByItsFeedsNameThenByItsURL": aStoryIsKnown,
	"TestALookAtAFeedIsRecordedWholeOrNotAtAll":   aLookIsWhole,
	"TestAStoryKeepsOneRow":                       aStoryKeepsOneRow,
	"TestAnUpdateIsKnownByTheArticleThatItIsOf":   anUpdateIsKnown,
	"TestNoOctetOfAStrangersKeepsAFeedOut":        noOctetOfAStrangersKeepsAFeedOut,
}

var (
	harbour = digest.FeedState{
		URL: "https://post.example/feed", Title: "The Harbour Post", Format: "RSS 2.0", ETag: `"7"`, Modified: "yesterday",
		Checked: noon, Good: noon, Next: noon.Add(10 * time.Minute), Stories: 1,
	}
	noon  = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	tides = digest.Story{
		Headline: "The tide was high",
		Feed:     harbour.URL, GUID: "7", URL: "https://post.example/tides", Article: "tides-1a2b3c4d", State: digest.StoryOnDesk,
		Seen: noon, Published: noon.Add(-time.Hour), Item: digest.Fingerprint{1}, File: digest.Fingerprint{2},
	}
)

func aFeedIsKnown(t *testing.T, open Open) {
	s := open(t, Options{})
	got, err := s.Feeds.Feed(t.Context(), harbour.URL)
	if diff := cmp.Diff(digest.FeedState{URL: harbour.URL}, got); err != nil || diff != "" {
		t.Fatal(err, diff)
	}
	failed := harbour
	failed.Failures, failed.Error = 2, "the server answers 500"
	failed.ETag, failed.Next, failed.Stories = "", time.Time{}, 0
	for _, f := range []struct {
		state   digest.FeedState
		stories []digest.Story
	}{{failed, nil}, {harbour, []digest.Story{tides}}} {
		if err := s.Feeds.Record(t.Context(), f.state, f.stories); err != nil {
			t.Fatal(err)
		}
		// Another process sees it.
		got, err := open(t, Options{}).Feeds.Feed(t.Context(), harbour.URL)
		if diff := cmp.Diff(f.state, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
	}
}

func aStoryIsKnown(t *testing.T, open Open) {
	s := open(t, Options{})
	if err := s.Feeds.Record(t.Context(), harbour, []digest.Story{tides}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ feed, guid, url string }{
		"its name":               {harbour.URL, "7", ""},
		"its name, another URL":  {harbour.URL, "7", "https://post.example/moved"},
		"its URL":                {harbour.URL, "8", tides.URL},
		"its URL, another feed":  {"https://other.example/feed", "8", tides.URL},
		"the URL comes after it": {harbour.URL, "7", tides.URL},
	} {
		got, err := s.Feeds.Known(t.Context(), c.feed, c.guid, c.url)
		if diff := cmp.Diff(tides, got); err != nil || diff != "" {
			t.Error(name, err, diff)
		}
	}
	for name, c := range map[string]struct{ feed, guid, url string }{
		"another feed's name": {"https://other.example/feed", "7", ""},
		"another URL":         {harbour.URL, "8", "https://post.example/other"},
	} {
		if _, err := s.Feeds.Known(t.Context(), c.feed, c.guid, c.url); !errors.Is(err, digest.ErrNotFound) {
			t.Error(name, err)
		}
	}
	spiked := tides
	spiked.State, spiked.Reason, spiked.Updated = digest.StorySpiked, "an editor took it off the desk", noon
	spiked.Seen = noon.Add(time.Hour)
	spiked.API, spiked.Mended = "https://post.example/wp-json/wp/v2/posts/7", digest.MendedChanged
	elsewhere := tides
	elsewhere.Feed, elsewhere.Seen, elsewhere.Item = "https://other.example/feed", noon.Add(time.Minute), digest.Fingerprint{9}
	if err := s.Feeds.Record(t.Context(), digest.FeedState{URL: elsewhere.Feed}, []digest.Story{elsewhere}); err != nil {
		t.Fatal(err)
	}
	if err := s.Feeds.Decide(t.Context(), spiked); err != nil {
		t.Fatal(err)
	}
	// A word on an article holds in every feed that has it.
	elsewhere.State, elsewhere.Reason, elsewhere.Mended = spiked.State, spiked.Reason, spiked.Mended
	if got, err := s.Feeds.Known(t.Context(), elsewhere.Feed, elsewhere.GUID, ""); err != nil || got != elsewhere {
		t.Errorf("got %+v, %v", got, err)
	}
	spiked.Seen = noon // when it was first seen stays
	got, err := s.Feeds.Stories(t.Context())
	if diff := cmp.Diff(map[string]digest.Story{tides.Article: spiked}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// aStoryKeepsOneRow though its feed gives it another name at each look.
func aStoryKeepsOneRow(t *testing.T, open Open) {
	s := open(t, Options{})
	other := tides
	other.Feed, other.Article, other.Seen = "https://a.example/feed", "other", noon.Add(-time.Hour)
	if err := s.Feeds.Record(t.Context(), digest.FeedState{URL: other.Feed}, []digest.Story{other}); err != nil {
		t.Fatal(err)
	}
	named := tides
	for look := range 4 {
		named.GUID = strconv.Itoa(look)
		if err := s.Feeds.Record(t.Context(), harbour, []digest.Story{named}); err != nil {
			t.Fatal(err)
		}
		// Its own row comes before another feed's, though that is older.
		got, err := s.Feeds.Known(t.Context(), tides.Feed, "new", tides.URL)
		named.Formerly = ""
		if err != nil || got != named {
			t.Fatalf("look %d: %+v, %v", look, got, err)
		}
		named.Formerly = named.GUID
	}
	if f, err := s.Feeds.Feed(t.Context(), harbour.URL); err != nil || f.Stories != 1 {
		t.Errorf("the feed has %d stories, %v", f.Stories, err)
	}
}

func aLookIsWhole(t *testing.T, open Open) {
	s := open(t, Options{})
	nameless := tides
	nameless.GUID = ""
	if err := s.Feeds.Record(t.Context(), harbour, []digest.Story{tides, nameless}); err == nil {
		t.Fatal("a story without a name is stored")
	}
	got, err := s.Feeds.Feed(t.Context(), harbour.URL)
	if diff := cmp.Diff(digest.FeedState{URL: harbour.URL}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if _, err := s.Feeds.Known(t.Context(), harbour.URL, "7", ""); !errors.Is(err, digest.ErrNotFound) {
		t.Error(err)
	}
}

func anUpdateIsKnown(t *testing.T, open Open) {
	s := open(t, Options{})
	changed, update := tides, tides
	changed.Refiled = digest.RefiledCarried
	update.GUID, update.URL, update.Article, update.Updates = "7\nupdate", "", tides.Article+"-updated", tides.Article
	if err := s.Feeds.Record(t.Context(), harbour, []digest.Story{changed, update}); err != nil {
		t.Fatal(err)
	}
	for article, want := range map[string][]digest.Story{tides.Article: {update}, update.Article: nil, "": nil} {
		got, err := s.Feeds.Updates(t.Context(), article)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Error(article, err, diff)
		}
	}
	if got, err := s.Feeds.Known(t.Context(), harbour.URL, "7", ""); err != nil || got != changed {
		t.Errorf("got %+v, %v", got, err)
	}
	if f, err := s.Feeds.Feed(t.Context(), harbour.URL); err != nil || f.Stories != 1 {
		t.Errorf("the feed has %d stories, %v", f.Stories, err)
	}
	// What was printed is known as it was printed, by its article.
	addReaders(t, s, 1)
	number := mustOpen(t, s, 0)
	printed, err := s.Book.PrintedArticles(t.Context(), number)
	if err != nil || len(printed) == 0 {
		t.Fatal(err, printed)
	}
	got, err := s.Feeds.PrintedAs(t.Context(), printed[0].ID)
	if diff := cmp.Diff(printed[:1], got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if got, err := s.Feeds.PrintedAs(t.Context(), "nowhere"); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
}

// noOctetOfAStrangersKeepsAFeedOut: a header may have octets in it that are no text.
func noOctetOfAStrangersKeepsAFeedOut(t *testing.T, open Open) {
	s := open(t, Options{})
	f := harbour
	f.ETag, f.Modified = "\"\xe4\x00\"", "hier\xff"
	for range 2 {
		if err := s.Feeds.Record(t.Context(), f, []digest.Story{tides}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Feeds.Feed(t.Context(), f.URL)
	if !got.Good.Equal(f.Good) || got.Stories != 1 || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := s.Feeds.Known(t.Context(), f.URL, "\xff\x00", "no\xffwhere"); !errors.Is(err, digest.ErrNotFound) {
		t.Error(err)
	}
}
