package gather_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAStoryThatGetsAnotherNameAtEachLookKeepsOneRow, be it known by its address, by that
// which its page names, or by its headline and time alone.
func TestAStoryThatGetsAnotherNameAtEachLookKeepsOneRow(t *testing.T) {
	for name, change := range map[string]func(item string, look int) string{
		"an address": func(item string, look int) string {
			return strings.Replace(item, "<guid>", fmt.Sprintf("<guid>%d-", look), 1)
		},
		"no address": func(item string, look int) string {
			item = strings.Replace(item, "<guid>", fmt.Sprintf(`<guid isPermaLink="false">%d-`, look), 1)
			return item[:strings.Index(item, "<link>")] + item[strings.Index(item, "</link>")+len("</link>"):]
		},
		"another feed had it first": func(item string, look int) string {
			return strings.Replace(item, "<guid>", fmt.Sprintf("<guid>%d-", look), 1)
		},
	} {
		n := newNewsroom(t)
		rows := 2
		if name == "another feed had it first" {
			rows = 4
			n.has(n.item(1, 1, ""), n.item(2, 2, ""))
			first := n.Feeds[0]
			first.URL += "?other"
			n.site[first.URL] = n.site[wire]
			if _, err := n.Fetch(t.Context(), first); err != nil {
				t.Fatal(err)
			}
		}
		for look := range 6 {
			n.has(change(n.item(1, 1, ""), look), change(n.item(2, 2, ""), look))
			n.fetch(t)
		}
		if len(n.book.stories) != rows || len(n.lies(t)) != 2 {
			t.Errorf("%s: %d rows and %d files", name, len(n.book.stories), len(n.lies(t)))
		}
	}
}

// TestTwoItemsOfOneAddressAreOneStory: the first counts, and its file is written once.
func TestTwoItemsOfOneAddressAreOneStory(t *testing.T) {
	n := newNewsroom(t)
	second := strings.Replace(n.item(2, 2, "Another text."), "post.example/2", "post.example/1", 1)
	n.has(n.item(1, 1, ""), second)
	n.fetch(t)
	path := n.one(t)
	if !strings.Contains(path, "story-1-") {
		t.Error(path)
	}
	if r := n.fetch(t); r.Changed+r.New != 0 || n.one(t) != path {
		t.Errorf("the second look came to %+v", r)
	}
}

// TestStoriesThatLinkToTheFrontPageAreEachOne: that page is no story's own, so neither does
// it make one of them, nor is its text theirs.
func TestStoriesThatLinkToTheFrontPageAreEachOne(t *testing.T) {
	for _, front := range []string{"https://post.example", "https://www.post.example/", "https://post.example/?utm_source=rss#/1"} {
		n := newNewsroom(t)
		n.site[front] = "<title>Front</title><article><p>All the news of the day.</p></article>"
		item := func(number int, text string) string {
			return fmt.Sprintf("<item><guid>%d</guid><title>Weather</title><link>%s</link><pubDate>%s</pubDate>"+
				"<description>%s</description></item>", number, front, seen.Add(-time.Duration(number)*time.Hour).Format(time.RFC1123Z), text)
		}
		n.has(item(1, "It rains."), item(2, "It snows."))
		for look := range 2 {
			n.fetch(t)
			if lies := n.lies(t); len(lies) != 2 || len(n.book.stories) != 2 {
				t.Errorf("%s, look %d: %d rows, and %q", front, look, len(n.book.stories), lies)
			}
		}
		for _, name := range n.lies(t) {
			text, err := os.ReadFile(filepath.Join(n.dir, name))
			if err != nil || strings.Contains(string(text), "All the news") {
				t.Errorf("%s: %v\n%s", front, err, text)
			}
		}
	}
}

// TestOneGUIDAtSeveralStoriesNamesNoneOfThem: some programs write the same one everywhere.
func TestOneGUIDAtSeveralStoriesNamesNoneOfThem(t *testing.T) {
	n := newNewsroom(t)
	same := func(number int) string {
		return strings.Replace(n.item(number, number, ""), fmt.Sprintf("<guid>%d<", number), `<guid isPermaLink="false">0<`, 1)
	}
	n.has(same(1))
	n.fetch(t)
	for range 2 {
		n.has(same(3), same(2), same(1))
		n.fetch(t)
		if lies := n.lies(t); len(lies) != 3 || len(n.book.stories) != 3 {
			t.Errorf("%d rows, and there lie %q", len(n.book.stories), lies)
		}
	}
}
