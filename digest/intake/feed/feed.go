package feed

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// The limits of a feed. What is longer is cut or refused before it is parsed.
const (
	// MaxBytes is the longest text that is read.
	MaxBytes = 8 << 20
	// MaxItems is how many items are taken; the rest are counted.
	MaxItems = 500
	// maxDepth is how deep elements may lie, maxTokens how many there may be, and
	// maxTag how many bytes a tag may have.
	maxDepth, maxTokens, maxTag = 64, 200_000, 64 << 10
)

// Feed is what was read from one address.
type Feed struct {
	// Format is what it is written in, in words ("RSS 2.0", "Atom 1.0", "JSON Feed 1.1").
	Format string
	// Title and Link are the site's own, empty if it does not say.
	Title, Link string
	// Language is a BCP 47 tag, empty if it does not say.
	Language string
	// Items are the stories in the feed's order, MaxItems at most, and Left is how many
	// came after them and were not read.
	Items []Item
	Left  int
	// Next is the address of the feed's next page, whose items are older: next_url of JSON
	// Feed, and the link "next" or "prev-archive" of RFC 5005. Empty if there is none.
	Next string
}

// Item is one story as a feed has it. Texts are as they were published: HTML where
// publishers write HTML.
type Item struct {
	// GUID is the publisher's own name for it; empty if there is none.
	GUID string
	// URL is where it stands, absolute where the feed or its address tell how.
	URL string
	// Title is plain text on one line.
	Title string
	// Summary and Content are HTML.
	Summary, Content string
	// Authors and Sections are names, in the publisher's order.
	Authors, Sections []string
	// Source is the publication that an item was taken from, if the feed says so.
	Source string
	// Published is never taken from Updated. Both are zero where nothing is said, or
	// nothing that is a date.
	Published, Updated time.Time
	// Language is a BCP 47 tag, empty if none is said.
	Language string
	// Locked says that a reader is asked for a password before its text is shown.
	Locked bool `json:",omitempty"`
	// Post is its number in WordPress's answer, by which it can be asked for alone.
	Post string `json:",omitempty"`
}

// Errors that say why a text is no feed.
var (
	ErrNoFeed  = errors.New("this is no feed: neither RSS, Atom nor JSON Feed")
	ErrTooDeep = errors.New("its elements lie more than 64 deep")
	ErrTooMany = errors.New("it has more than 200,000 tags")
	ErrLongTag = errors.New("a tag has more than 64 KiB")
	ErrTooLong = errors.New("it has more than 8 MiB")
)

// Parse reads a feed. It is told the address that the text came from, against which
// links are resolved, and the Content-Type that came with it; either may be missing.
func Parse(text []byte, from *url.URL, contentType string) (Feed, error) {
	if len(text) > MaxBytes {
		return Feed{}, ErrTooLong
	}
	clean := decode(text, contentType)
	parse := parseXML
	if isJSON(clean) {
		parse = parseJSON
	}
	f, err := parse(clean, from)
	for i := range f.Items {
		f.Items[i].trim()
		f.Items[i].Locked = isLocked(f.Items[i])
	}
	if len(f.Next) > mostLink || !isURL(f.Next) {
		f.Next = ""
	}
	f.Title = upTo(mostName, f.Title)
	return f, err
}

// The longest texts of an item, in bytes, and how many authors and sections it may have.
// More than this is no story's.
const (
	mostText  = 2 << 20
	mostTitle = 4 << 10
	mostName  = 1 << 10
	mostLink  = 8 << 10
	mostNames = 50
)

// trim cuts what is longer than a story needs, so that nothing that is done with an item
// costs much. A name that is too long to be kept becomes its fingerprint.
func (it *Item) trim() {
	it.Summary, it.Content = upTo(mostText, it.Summary), upTo(mostText, it.Content)
	it.Title, it.Source, it.Language = upTo(mostTitle, it.Title), upTo(mostName, it.Source), upTo(mostName, it.Language)
	if len(it.GUID) > mostName {
		it.GUID = fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(it.GUID)))
	}
	if len(it.URL) > mostLink {
		it.URL = ""
	}
	for _, names := range []*[]string{&it.Authors, &it.Sections} {
		*names = (*names)[:min(len(*names), mostNames)]
		for i, name := range *names {
			(*names)[i] = upTo(mostName, name)
		}
	}
}

// upTo gives a text, or a copy of its beginning where it is longer, so that the whole is
// not kept.
func upTo(most int, text string) string {
	if len(text) <= most {
		return text
	}
	return strings.Clone(strings.ToValidUTF8(text[:most], ""))
}
