package gather_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/gather"
	"vesper/digest/intake"
)

// book keeps in memory what a database would.
type book struct {
	mu      sync.Mutex
	feeds   map[string]digest.FeedState
	stories map[[2]string]digest.Story
}

func (b *book) Feed(_ context.Context, url string) (digest.FeedState, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.feeds[url]
	f.URL = url
	return f, nil
}

func (b *book) Known(_ context.Context, feed, guid, url string) (digest.Story, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if st, ok := b.stories[[2]string{feed, guid}]; ok {
		return st, nil
	}
	found := digest.Story{}
	for _, st := range b.stories {
		if url != "" && st.URL == url && (found.Feed == "" || st.Feed == feed) {
			found = st
		}
	}
	if found.Feed == "" {
		return found, digest.ErrNotFound
	}
	return found, nil
}

func (b *book) Record(ctx context.Context, f digest.FeedState, stories []digest.Story) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.feeds[f.URL] = f
	for _, st := range stories {
		delete(b.stories, [2]string{st.Feed, st.Formerly})
		st.Formerly = ""
		b.stories[[2]string{st.Feed, st.GUID}] = st
	}
	return nil
}

func (b *book) Stories(context.Context) (map[string]digest.Story, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := map[string]digest.Story{}
	for _, st := range b.stories {
		if first, there := all[st.Article]; !there || st.Seen.Before(first.Seen) {
			all[st.Article] = st
		}
	}
	return all, nil
}

func (b *book) Decide(_ context.Context, st digest.Story) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stories[[2]string{st.Feed, st.GUID}] = st
	for key, other := range b.stories {
		if other.Article == st.Article && st.Article != "" {
			other.State, other.Reason, other.Mended = st.State, st.Reason, st.Mended
			b.stories[key] = other
		}
	}
	return nil
}

// newsroom is a gatherer with a desk of its own, and a clock.
type newsroom struct {
	*gather.Gatherer
	book *book
	site site
	dir  string
	now  time.Time
	log  strings.Builder
}

const wire = "https://post.example/feed/"

func newNewsroom(t *testing.T) *newsroom {
	t.Helper()
	n := &newsroom{
		book: &book{feeds: map[string]digest.FeedState{}, stories: map[[2]string]digest.Story{}}, site: site{}, dir: t.TempDir(), now: seen,
	}
	n.Gatherer = &gather.Gatherer{
		Publication: ours, Feeds: []gather.Feed{{URL: wire}}, Get: func(gather.Feed) gather.Getter { return n.site },
		Book: n.book, Desk: intake.Desk{Dir: n.dir}, Shelf: intake.Desk{Dir: n.dir}, Now: func() time.Time { return n.now },
		Since: func(context.Context) (time.Time, error) { return n.now.Add(-24 * time.Hour), nil },
		Log:   slog.New(slog.NewTextHandler(&n.log, nil)),
	}
	return n
}

// has sets what the feed has: items by their numbers.
func (n *newsroom) has(items ...string) {
	n.site[wire] = `<rss version="2.0"><channel><title>The Harbour Post</title>` + strings.Join(items, "") + "</channel></rss>"
}

// item is a story of so many hours ago.
func (n *newsroom) item(number, hours int, more string) string {
	return fmt.Sprintf("<item><guid>%d</guid><title>Story %d</title><link>https://post.example/%d</link><pubDate>%s</pubDate>"+
		"<description>%s</description></item>", number, number, number,
		seen.Add(-time.Duration(hours)*time.Hour).Format(time.RFC1123Z), strings.Repeat("Some words of it. ", 40)+more)
}

func (n *newsroom) fetch(t *testing.T) gather.Report {
	t.Helper()
	report, err := n.Fetch(t.Context(), n.Feeds[0])
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// lies gives the names of the files on the desk.
func (n *newsroom) lies(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(n.dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func (n *newsroom) one(t *testing.T) string {
	t.Helper()
	names := n.lies(t)
	if len(names) != 1 {
		t.Fatalf("on the desk lie %q", names)
	}
	return filepath.Join(n.dir, names[0])
}

func TestAStoryIsPutOnTheDeskOnce(t *testing.T) {
	n := newNewsroom(t)
	n.has(n.item(1, 2, ""), n.item(2, 1, ""))
	if r := n.fetch(t); r.New != 2 {
		t.Errorf("got %+v", r)
	}
	before := n.lies(t)
	n.has(n.item(1, 2, ""), n.item(2, 1, ""))
	if r := n.fetch(t); r != (gather.Report{Feed: wire}) || !slices.Equal(before, n.lies(t)) {
		t.Errorf("got %+v, %q", r, n.lies(t))
	}
	articles, flaws, err := intake.Desk{Dir: n.dir}.Articles(t.Context())
	if len(articles) != 2 || len(flaws) > 0 || err != nil {
		t.Errorf("the desk has %d articles, %v, %v", len(articles), flaws, err)
	}
}

func TestAFeedsFirstReadingBringsOnlyTheWindowsStories(t *testing.T) {
	n := newNewsroom(t)
	n.has(n.item(1, 2, ""), n.item(2, 30, ""))
	if r := n.fetch(t); r.New != 1 || r.Passed != 1 {
		t.Errorf("got %+v", r)
	}
	// What was passed over does not come back when its publisher changes a word.
	n.has(n.item(1, 2, ""), n.item(2, 30, "More of it."))
	if r := n.fetch(t); r.New != 0 {
		t.Errorf("got %+v", r)
	}
	// An editor may want it all the same.
	st := n.book.stories[[2]string{wire, "2"}]
	st.Reason, st.Item = digest.StoryWanted, digest.Fingerprint{}
	n.book.stories[[2]string{wire, "2"}] = st
	if r := n.fetch(t); r.New != 1 {
		t.Errorf("got %+v", r)
	}
	// Later one comes late with an early time: it goes onto the desk.
	n.has(n.item(1, 2, ""), n.item(2, 30, ""), n.item(3, 40, ""))
	if r := n.fetch(t); r.New != 1 || r.Passed != 0 {
		t.Errorf("got %+v", r)
	}
}

func TestWhatItsPublisherChangesIsWrittenAnew(t *testing.T) {
	n := newNewsroom(t)
	n.has(n.item(1, 2, ""))
	n.fetch(t)
	n.has(n.item(1, 2, "More of it."))
	if r := n.fetch(t); r.Changed != 1 {
		t.Errorf("got %+v", r)
	}
	text, err := os.ReadFile(n.one(t))
	if err != nil || !strings.Contains(string(text), "More of it.") {
		t.Errorf("%s, %v", text, err)
	}
}

func TestWhatAnEditorChangedIsNeverWrittenOver(t *testing.T) {
	n := newNewsroom(t)
	n.has(n.item(1, 2, ""))
	n.fetch(t)
	name := n.one(t)
	mended := []byte("Feed: post.example\nA better headline \\ \\ \\ \\ \\ \nDeep Look\nMended.\n")
	if err := os.WriteFile(name, mended, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		n.has(n.item(1, 2, "More of it."))
		n.fetch(t)
	}
	if text, err := os.ReadFile(n.one(t)); err != nil || string(text) != string(mended) {
		t.Errorf("%s, %v", text, err)
	}
	if said := strings.Count(n.log.String(), "the editor's stays"); said != 1 {
		t.Errorf("it was said %d times", said)
	}
}

func TestWhatAnEditorDeletedDoesNotComeBack(t *testing.T) {
	for name, again := range map[string]func(n *newsroom){
		"the same":     func(n *newsroom) { n.has(n.item(1, 2, "")) },
		"changed":      func(n *newsroom) { n.has(n.item(1, 2, "More of it.")) },
		"another GUID": func(n *newsroom) { n.has(strings.Replace(n.item(1, 2, ""), "<guid>1", "<guid>9", 1)) },
		"another feed": func(n *newsroom) {
			n.site["https://post.example/other/"] = `<rss version="2.0"><channel>` + n.item(1, 2, "") + "</channel></rss>"
			n.Feeds[0].URL = "https://post.example/other/"
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNewsroom(t)
			n.has(n.item(1, 2, ""))
			n.fetch(t)
			if err := os.Remove(n.one(t)); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				again(n)
				if r := n.fetch(t); r.New > 0 {
					t.Fatalf("got %+v", r)
				}
			}
			if lies := n.lies(t); len(lies) > 0 {
				t.Errorf("on the desk lie %q", lies)
			}
		})
	}
}

// TestAStoryIsKnownWhateverItIsCalled: GUIDs change, trackers come and go, and two feeds
// carry one story.
func TestAStoryIsKnownWhateverItIsCalled(t *testing.T) {
	n := newNewsroom(t)
	for i, link := range []string{
		"https://post.example/1", "http://www.post.example/1/", "https://POST.example/1?utm_source=rss&utm_medium=x#top",
		"https://post.example:443/1/?fbclid=abc",
	} {
		n.has(fmt.Sprintf("<item><guid>%d</guid><title>Story</title><link>%s</link><description>Words.</description></item>", i,
			strings.ReplaceAll(link, "&", "&amp;")))
		n.fetch(t)
	}
	n.one(t)
	n.has("<item><guid>8</guid><title>Story</title><link>https://post.example/?p=1</link></item>" +
		"<item><guid>9</guid><title>Story</title><link>https://post.example/?p=2</link></item>")
	n.fetch(t)
	if lies := n.lies(t); len(lies) != 3 {
		t.Errorf("on the desk lie %q", lies)
	}
}

// TestAStoryIsKnownByTheAddressThatItsPageNames: two links to one page are one story. A
// page that names the front page, or another site's, is not believed.
func TestAStoryIsKnownByTheAddressThatItsPageNames(t *testing.T) {
	for named, files := range map[string]int{
		"https://post.example/tides?ref=a": 1, "https://www.post.example/tides/": 1,
		"https://post.example/": 2, "https://other.example/tides": 2, "": 2,
	} {
		n := newNewsroom(t)
		const item = "<item><guid>%[1]d</guid><title>Tides %[1]d</title><link>https://post.example/go?to=%[1]d</link></item>"
		for number := 1; number <= 2; number++ {
			n.site[fmt.Sprint("https://post.example/go?to=", number)] = `<html><head><link rel="canonical" href="` + named +
				fmt.Sprintf(`"></head><body><article><h1>Tides</h1><p>%s</p></article></body></html>`,
					strings.Repeat(fmt.Sprintf("Tide number %d was high. ", number), 60))
			n.has(fmt.Sprintf(item, number))
			n.fetch(t)
		}
		if got := n.lies(t); len(got) != files {
			t.Errorf("pages that name %q: %q lie on the desk, want %d", named, got, files)
		}
	}
}

// TestAFeedsPatternsDecideWhatIsTaken, and other patterns bring back what was left out, if
// it is still of the window. What an editor wants comes whatever they say.
func TestAFeedsPatternsDecideWhatIsTaken(t *testing.T) {
	pattern := func(said ...string) (all []digest.Pattern) {
		for _, s := range said {
			p, err := digest.ParsePattern(s)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, p)
		}
		return all
	}
	n := newNewsroom(t)
	in := func(item, section string) string {
		return strings.Replace(item, "</item>", "<category>"+section+"</category></item>", 1)
	}
	n.has(in(n.item(1, 2, ""), "City"), in(n.item(2, 2, ""), "Sport"), n.item(3, 2, ""))
	n.Feeds[0].Section = "World"
	n.Feeds[0].Include, n.Feeds[0].Exclude = pattern("section: c*", "section: world"), pattern("headline: *3")
	if r := n.fetch(t); r.New != 1 || r.Passed != 2 {
		t.Errorf("got %+v", r)
	}
	for guid, want := range map[string]string{
		"1": "", "2": "no pattern of include fits it", "3": `excluded by "headline: *3"`,
	} {
		if got := n.book.stories[[2]string{wire, guid}].Reason; got != want {
			t.Errorf("story %s: %q, want %q", guid, got, want)
		}
	}
	wanted := n.book.stories[[2]string{wire, "2"}]
	wanted.Reason, wanted.Item = digest.StoryWanted, digest.Fingerprint{}
	n.book.Decide(t.Context(), wanted)
	n.Feeds[0].Exclude = nil
	if r := n.fetch(t); r.New != 2 {
		t.Errorf("with other patterns: %+v", r)
	}
	articles, _, err := intake.Desk{Dir: n.dir}.Articles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, a := range articles {
		sections[a.Headline] = a.Section
	}
	want := map[string]string{"Story 1": "City", "Story 2": "Sport", "Story 3": "World"}
	if !maps.Equal(sections, want) {
		t.Errorf("their sections are %q, want %q", sections, want)
	}
}
