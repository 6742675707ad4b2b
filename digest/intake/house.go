package intake

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"vesper/digest"
)

// The two lines that divide an article in the house format.
const (
	quickLooks = "Quick Looks"
	deepLook   = "Deep Look"
)

// ParseHouse reads an article in the house format, the way the newsroom writes
// one:
//
//	Headline \ Source \ Dateline \ Byline \ Edition label \ Summary
//	Quick Looks
//	- One short sentence.
//	- Another.
//	Deep Look
//	A paragraph, all on one line.
//	A Sub-Heading
//	Another paragraph.
//
// The first line has exactly six fields. All but the headline may be empty. There
// is at least one Quick Look and at least one paragraph. Bullets of word processors
// (•) stand for hyphens. Headlines, Quick Looks and summaries have a greatest length. A last line that asks the
// reader to log in and comment was copied from a web page and is dropped. Above the
// first line these may stand, each once:
//
//	URL: https://news.example/story
//	Published: 2026-11-22 18:05
//	Embargo: 2026-11-23 06:00
//	Section: World
//	Language: en
//	Updates: port-cities
//	Feed: www.news.example
//
// Updates is the ID of an article that was printed, of whose story this one has what is
// new. Feed is written by [WriteHouse] alone, into fetched articles. With it, the Quick
// Looks or the Deep Look or both may be missing, with the line over them. A
// sub-heading begins with "## ", and every other line is a paragraph.
//
// Published is an RFC 3339 time, or a date with or without a time of day in zone
// (nil means UTC), and so is Embargo. Without them the article's are zero. Blank lines have no
// meaning, lines may end in any way, and white space is folded.
//
// This is the strict reading, without what [Format] takes loosely.
//
// name is what flaws call the file. If the text is not in the format the error is a
// [Flaws]; any other error comes from r. The article has no ID.
func ParseHouse(name string, r io.Reader, zone *time.Location) (digest.Article, error) {
	a, _, err := Format{Zone: zone, Strict: true}.Parse(name, r)
	return a, err
}

// house reads one file. It goes on after a flaw if it can, so that an editor hears of
// all flaws at once.
type house struct {
	Format
	file    string
	article digest.Article
	flaws   Flaws
	// loose is what was taken although the format has it otherwise.
	loose []*digest.Flaw
	// windows says that a line of it was in Windows-1252.
	windows bool
}

// flaw notes what is wrong with a line, up to maxFlaws. Line 0 is the file as a
// whole.
func (h *house) flaw(number int, problem, hint string) {
	if len(h.flaws) < maxFlaws {
		h.flaws = append(h.flaws, &digest.Flaw{File: h.file, Line: number, Problem: problem, Hint: hint})
	}
}

// limit notes a flaw if a text has more characters than it may have.
func (h *house) limit(number int, what, text string, most int, hint string) {
	if n := utf8.RuneCountInString(text); n > most {
		h.flaw(number, fmt.Sprintf("%s has %d characters; at most %d are allowed", what, n, most), hint)
	}
}

// body reads what comes after the first line.
func (h *house) body(lines []line) {
	quick, deep := h.marker(lines, quickLooks), -1
	if quick < 0 {
		// Without the Quick Looks every line would be a flaw.
		h.marker(lines, deepLook)
		return
	}
	for _, l := range lines[:quick] {
		if !is(l, deepLook) {
			h.flaw(l.number, fmt.Sprintf("%.40q is between the first line and %q", l.text, quickLooks),
				"the summary is the sixth field of the first line, all on that line")
		}
	}
	rest := lines[quick+1:]
	if early := find(lines[:quick], deepLook); early >= 0 {
		h.flaw(lines[early].number, fmt.Sprintf("%q is before %q", deepLook, quickLooks),
			"the Quick Looks come first")
		deep = find(rest, deepLook)
	} else {
		deep = h.marker(rest, deepLook)
	}
	if deep < 0 {
		return
	}
	h.bullets(lines[quick], rest[:deep])
	h.paragraphs(rest[deep], rest[deep+1:])
}

// is says whether the line is the marker and nothing else, in small letters or
// capitals.
func is(l line, marker string) bool {
	return len(l.text) <= mostMarker && strings.EqualFold(plainSpaces(l.text), marker)
}

// mostMarker is how long a line with a marker may be, in bytes: others need no look.
const mostMarker = 100

// find gives the index of the first line that is the marker, or -1.
func find(lines []line, marker string) int {
	return slices.IndexFunc(lines, func(l line) bool { return is(l, marker) })
}

// nearly says whether the line is the marker in a form that is taken loosely.
func nearly(l line, marker string) bool {
	if len(l.text) > mostMarker {
		return false
	}
	bare := strings.TrimRight(plainSpaces(l.text), " :：")
	return strings.EqualFold(bare, marker) || marker == quickLooks && strings.EqualFold(bare, "Quick Look")
}

// isHead says whether the line is the marker, in a form that is taken.
func (h *house) isHead(l line, marker string) bool {
	return is(l, marker) || !h.Strict && nearly(l, marker)
}

// head does what find does. Only where no line is the marker itself, it takes one that
// is so nearly: such a line may be text too.
func (h *house) head(lines []line, marker string) int {
	i := find(lines, marker)
	if i < 0 && !h.Strict {
		i = slices.IndexFunc(lines, func(l line) bool { return nearly(l, marker) })
		if i >= 0 {
			h.loosely(lines[i].number, fmt.Sprintf("%q instead of %q", lines[i].text, marker), alone(marker))
		}
	}
	return i
}

func alone(marker string) string { return fmt.Sprintf("the words %s must be alone on a line", marker) }

// marker does what head does, and notes a flaw if the marker is not there. A line
// that is almost the marker is a flaw too, but it is taken for the marker.
func (h *house) marker(lines []line, marker string) int {
	if i := h.head(lines, marker); i >= 0 {
		return i
	}
	near := slices.IndexFunc(lines, func(l line) bool {
		bare := strings.Trim(plainSpaces(l.text), "*#_:.- ")
		return len(bare) <= len(marker)+2 && digest.Distance(bare, marker) <= 2
	})
	if near < 0 {
		h.flaw(0, fmt.Sprintf("no line %q", marker), alone(marker))
		return -1
	}
	h.flaw(lines[near].number, fmt.Sprintf("%q instead of %q", lines[near].text, marker), alone(marker))
	return near
}
