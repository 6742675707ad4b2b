package feed

import (
	"bytes"
	codec "encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/mmcdole/gofeed/json"
	"golang.org/x/net/html"
)

func isJSON(text []byte) bool {
	text = bytes.TrimSpace(text)
	return len(text) > 0 && (text[0] == '{' || text[0] == '[')
}

// parseJSON reads a JSON Feed (jsonfeed.org), or WordPress's REST answer.
func parseJSON(text []byte, from *url.URL) (Feed, error) {
	if err := checkJSON(text); err != nil {
		return Feed{}, err
	}
	if bytes.TrimSpace(text)[0] == '[' {
		return parsePosts(text, from)
	}
	var in json.Feed
	if err := codec.Unmarshal(text, &in); err != nil {
		return Feed{}, fmt.Errorf("its JSON is broken: %w", err)
	}
	_, version, ok := strings.Cut(in.Version, "jsonfeed.org/version/")
	if !ok {
		return Feed{}, ErrNoFeed
	}
	f := Feed{
		Format: "JSON Feed " + version, Title: oneLine(in.Title), Link: resolve(from, in.HomePageURL),
		Language: in.Language, Left: max(0, len(in.Items)-MaxItems),
		Next: resolve(from, in.NextURL),
	}
	for _, it := range in.Items[:min(len(in.Items), MaxItems)] {
		if it != nil {
			f.Items = append(f.Items, fromJSON(it, from))
		}
	}
	return f, nil
}

// checkJSON refuses a text that would cost a parser too much, in one pass and without
// building anything.
func checkJSON(text []byte) error {
	deep, tokens := 0, 0
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if deep++; deep > maxDepth {
				return ErrTooDeep
			}
			tokens++
		case c == '}' || c == ']':
			deep--
		case c == ',' || c == ':':
			tokens++
		}
		if tokens > maxTokens {
			return ErrTooMany
		}
	}
	return nil
}

// fromJSON reads an item. Only content_html is HTML.
func fromJSON(it *json.Item, from *url.URL) Item {
	item := Item{
		GUID: strings.TrimSpace(it.ID), URL: resolve(from, it.URL), Title: oneLine(it.Title),
		Summary: html.EscapeString(it.Summary), Content: it.ContentHTML, Language: it.Language,
		Published: Date(it.DatePublished), Updated: Date(it.DateModified),
	}
	if item.Content == "" {
		item.Content = html.EscapeString(it.ContentText)
	}
	if item.URL == "" {
		item.URL = resolve(from, it.ExternalURL)
	}
	authors := it.Authors
	if len(authors) == 0 && it.Author != nil {
		authors = []*json.Author{it.Author}
	}
	for _, a := range authors {
		if a != nil {
			item.Authors = add(item.Authors, oneLine(a.Name))
		}
	}
	for _, tag := range it.Tags {
		item.Sections = add(item.Sections, oneLine(tag))
	}
	return item
}

// add adds a name that is not empty and not there yet.
func add(names []string, name string) []string {
	for _, n := range names {
		if n == name {
			return names
		}
	}
	if name == "" {
		return names
	}
	return append(names, name)
}

// oneLine gives plain text on one line.
func oneLine(s string) string { return strings.Join(strings.Fields(upTo(16*mostTitle, s)), " ") }
