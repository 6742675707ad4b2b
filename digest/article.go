package digest

import (
	"fmt"
	"time"
	"unicode/utf8"
)

// Article is one story as the desk has it. All text is plain text: whatever
// looks like markup in it is shown as typed.
type Article struct {
	// ID names the article for ever: the stem of its file.
	ID string `json:"id"`
	// Headline is never empty.
	Headline string `json:"headline"`
	// Source is the publication that wrote it.
	Source   string `json:"source,omitempty"`
	Dateline string `json:"dateline,omitempty"`
	Byline   string `json:"byline,omitempty"`
	// Label names the edition that the desk wants it in ("Evening Edition").
	Label      string   `json:"label,omitempty"`
	Summary    string   `json:"summary,omitempty"`
	QuickLooks []string `json:"quick_looks,omitempty"`
	DeepLook   []Block  `json:"deep_look,omitempty"`
	// URL is where the article stands on the web; empty if nowhere.
	URL     string `json:"url,omitempty"`
	Section string `json:"section,omitempty"`
	// Language is a BCP 47 tag; empty means the publication's language.
	Language string `json:"language,omitempty"`
	// Feed is where a fetched article comes from; empty if people wrote its file. Only a
	// fetched one may lack Quick Looks or a Deep Look.
	Feed string `json:"feed,omitempty"`
	// Updates is the ID of an article that was printed before: this one has what is new of
	// its story. Empty for every other.
	Updates string `json:"updates,omitempty"`
	// Published is the instant that decides the article's edition, unless its embargo
	// ends later: its Published line or, without one, its file's own time.
	Published time.Time `json:"published"`
	// Embargo is the instant before which no edition prints it; zero means there is none.
	Embargo time.Time `json:"embargo,omitzero"`
	// Loose says, each with its line, what of its file is not as the format has it and was
	// taken all the same.
	Loose []string `json:"loose,omitempty"`
	// Notes is what else an editor should know of it: it is no part of the text.
	Notes []string `json:"-"`
	// FileTime says that Published is the file's own time.
	FileTime bool `json:"file_time,omitempty"`
}

// Block is one paragraph of a Deep Look, or one of its sub-headings.
type Block struct {
	Heading bool   `json:"heading,omitempty"`
	Text    string `json:"text"`
}

// The longest texts that an article may have, in characters. From the second number on
// an editor is warned: on a phone it is hard to read.
const (
	MaxHeadline, longHeadline   = 300, 120
	MaxQuickLook, longQuickLook = 600, 180
	MaxSummary, longSummary     = 2000, 700
)

// Lengths says which texts of an article are longer than is good, if any.
func (a Article) Lengths() []string {
	var long []string
	add := func(what, text string, most int) {
		if n := utf8.RuneCountInString(text); n > most {
			long = append(long, fmt.Sprintf("%s has %d characters: more than %d are hard to read", what, n, most))
		}
	}
	add("the headline", a.Headline, longHeadline)
	add("the summary", a.Summary, longSummary)
	for i, q := range a.QuickLooks {
		add(fmt.Sprintf("Quick Look %d", i+1), q, longQuickLook)
	}
	return long
}
