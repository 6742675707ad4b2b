package feed

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/mmcdole/gofeed/atom"
	"golang.org/x/net/html"
)

// types are the attributes "type" of an Atom entry's texts, by the names of their elements.
type types map[string]string

// typesOf gives those of each entry of an Atom feed: gofeed forgets them, and without them
// the text "<b>" can't be told from markup (RFC 4287 3.1.1).
func typesOf(text []byte) []types {
	var all []types
	var open []string
	entry := -1 // how deep the entry lies that is read
	for i := 0; i < len(text); {
		next := bytes.IndexByte(text[i:], '<')
		if next < 0 {
			break
		}
		i += next
		if n := skip(text[i:]); n > 0 {
			i += n
			continue
		}
		end, ok := tagEnd(text[i:])
		if !ok {
			break
		}
		tag := text[i : i+end]
		name := tagName(tag)
		if name == "" {
			i++
			continue
		}
		i += end
		if tag[1] == '/' {
			open = closed(open, name)
			if len(open) <= entry {
				entry = -1
			}
			continue
		}
		switch {
		case entry < 0 && len(open) == 1 && localName(name) == "entry":
			entry = len(open)
			all = append(all, types{})
		case entry >= 0 && len(open) == entry+1 && prefixOf(name) == prefixOf(open[entry]):
			of := all[len(all)-1]
			if _, there := of[localName(name)]; !there && len(of) < 50 {
				of[localName(name)] = typeOf(tag)
			}
		}
		if tag[len(tag)-2] != '/' {
			open = append(open, name)
		} else if entry == len(open) {
			entry = -1
		}
	}
	return all
}

func prefixOf(name string) string { return name[:strings.LastIndexByte(name, ':')+1] }

var typeAttribute = regexp.MustCompile(`\stype\s*=\s*["']\s*([^"']*?)\s*["']`)

func typeOf(tag []byte) string {
	if m := typeAttribute.FindSubmatch(tag); m != nil {
		return strings.ToLower(string(m[1]))
	}
	return ""
}

// endTag finds what no text has by chance.
var endTag = regexp.MustCompile(`</[A-Za-z][A-Za-z0-9]*\s*>|<br\s*/?>`)

// isPlain says whether a text is no HTML: it says so itself or, where it says nothing, it has
// no end of a tag. It would be text all the same, but programs forget to say.
func (t types) isPlain(name, text string) bool {
	switch t[name] {
	case "text", "text/plain":
		return true
	case "":
		return !endTag.MatchString(text)
	}
	return false
}

// plainTexts sets an entry's texts again that are no HTML.
func plainTexts(item *Item, e *atom.Entry, t types) {
	if t.isPlain("title", e.Title) {
		item.Title = oneLine(e.Title)
	}
	if t.isPlain("summary", e.Summary) {
		item.Summary = html.EscapeString(e.Summary)
	}
	if e.Content != nil && t.isPlain("content", e.Content.Value) {
		item.Content = html.EscapeString(e.Content.Value)
	}
}
