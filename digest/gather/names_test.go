package gather_test

import (
	"fmt"
	"strings"
	"testing"
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
