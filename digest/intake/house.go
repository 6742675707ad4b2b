package intake

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
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
//	Section: World
//	Language: en
//	Feed: www.news.example
//
// Feed is written by [WriteHouse] alone, into fetched articles. With it, the Quick
// Looks or the Deep Look or both may be missing, with the line over them. A
// sub-heading begins with "## ", and every other line is a paragraph.
//
// Published is an RFC 3339 time, or a date with or without a time of day in zone
// (nil means UTC). Without it the article's Published is zero. Blank lines have no
// meaning, lines may end in any way, and white space is folded.
//
// name is what flaws call the file. If the text is not in the format the error is a
// [Flaws]; any other error comes from r. The article has no ID.
func ParseHouse(name string, r io.Reader, zone *time.Location) (digest.Article, error) {
	lines, err := readLines(name, r)
	if err != nil {
		return digest.Article{}, err
	}
	if zone == nil {
		zone = time.UTC
	}
	h := house{file: name, zone: zone}
	if lines = h.firstLine(h.keys(lines)); h.article.Feed == "" {
		h.body(lines)
	} else {
		h.fetched(lines)
	}
	if len(h.flaws) > 0 {
		slices.SortStableFunc(h.flaws, func(a, b *digest.Flaw) int { return cmp.Compare(a.Line, b.Line) })
		return digest.Article{}, h.flaws
	}
	return h.article, nil
}

// house reads one file. It goes on after a flaw if it can, so that an editor hears of
// all flaws at once.
type house struct {
	file    string
	zone    *time.Location
	article digest.Article
	flaws   Flaws
}

// flaw notes what is wrong with a line, up to maxFlaws. Line 0 is the file as a
// whole.
func (h *house) flaw(number int, problem, hint string) {
	if len(h.flaws) < maxFlaws {
		h.flaws = append(h.flaws, &digest.Flaw{File: h.file, Line: number, Problem: problem, Hint: hint})
	}
}

// firstLine reads the six fields and gives the lines after them.
func (h *house) firstLine(lines []line) []line {
	const hint = `the first line is: headline \ source \ dateline \ byline \ edition label \ summary`
	if len(lines) == 0 {
		h.flaw(0, "no line with the six fields", hint)
		return nil
	}
	first := lines[0]
	if is(first, quickLooks) || is(first, deepLook) {
		h.flaw(first.number, fmt.Sprintf("no line with the six fields above %q", plainSpaces(first.text)), hint)
		return lines
	}
	f := fields(first.text)
	if len(f) != 6 {
		count := fmt.Sprintf("%d fields", len(f))
		if len(f) == 1 {
			count = "1 field"
		}
		h.flaw(first.number, count+" instead of 6", hint)
		return lines[1:]
	}
	if !strings.ContainsFunc(f[0], visible) {
		h.flaw(first.number, "the headline is empty", hint)
	}
	const fieldHint = "a field of the first line has 300 characters at most, and the summary 2000"
	for i, name := range [...]string{"headline", "source", "dateline", "byline", "edition label"} {
		h.limit(first.number, "the "+name, f[i], digest.MaxHeadline, fieldHint)
	}
	h.limit(first.number, "the summary", f[5], digest.MaxSummary, fieldHint)
	a := &h.article
	a.Headline, a.Source, a.Dateline, a.Byline, a.Label, a.Summary = f[0], f[1], f[2], f[3], f[4], f[5]
	return lines[1:]
}

// limit notes a flaw if a text has more characters than it may have.
func (h *house) limit(number int, what, text string, most int, hint string) {
	if n := utf8.RuneCountInString(text); n > most {
		h.flaw(number, fmt.Sprintf("%s has %d characters; at most %d are allowed", what, n, most), hint)
	}
}

// fields splits a line at each backslash that has white space on both sides. The
// beginning and the end of the line count as white space, since it was trimmed.
func fields(s string) []string {
	var out []string
	start := 0
	for _, i := range separators(s) {
		out = append(out, strings.TrimSpace(s[start:i]))
		start = i + 1
	}
	return append(out, strings.TrimSpace(s[start:]))
}

// separators gives the index of each backslash that divides fields.
func separators(s string) []int {
	var at []int
	for i := range len(s) {
		if s[i] != '\\' {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		after, _ := utf8.DecodeRuneInString(s[i+1:])
		if (i == 0 || unicode.IsSpace(before)) && (i == len(s)-1 || unicode.IsSpace(after)) {
			at = append(at, i)
		}
	}
	return at
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

// pasted are the bullets of word processors. Some write them in the private area of a
// font of symbols.
const pasted = "•‣◦●○▪■·\uf0b7\uf0a7\uf0d8"

// bullets reads the Quick Looks under their marker.
func (h *house) bullets(marker line, lines []line) {
	if len(lines) == 0 {
		h.flaw(marker.number, fmt.Sprintf("no bullet under %q", quickLooks), `a bullet is "- " and a short sentence`)
	}
	for _, l := range lines {
		text, ok := strings.CutPrefix(l.text, "-")
		bare := strings.TrimSpace(text)
		if mark, size := utf8.DecodeRuneInString(l.text); strings.ContainsRune(pasted, mark) {
			// No word begins with it, so it needs no space.
			ok, text, bare = true, l.text, strings.TrimSpace(l.text[size:])
		}
		switch {
		case is(l, quickLooks):
			h.flaw(l.number, fmt.Sprintf("%q is there twice", quickLooks), "one file holds one article")
		case ok && bare == "":
			h.flaw(l.number, "a bullet without text", `a bullet is "- " and a short sentence`)
		case !ok || bare == text:
			h.flaw(l.number, fmt.Sprintf("%.40q is not a bullet", l.text),
				fmt.Sprintf(`between %q and %q each line is "- " and a short sentence`, quickLooks, deepLook))
		default:
			h.limit(l.number, "the Quick Look", bare, digest.MaxQuickLook,
				"a Quick Look is one short sentence; the text goes under \"Deep Look\"")
			h.article.QuickLooks = append(h.article.QuickLooks, bare)
		}
	}
}

// is says whether the line is the marker and nothing else, in small letters or
// capitals.
func is(l line, marker string) bool { return strings.EqualFold(plainSpaces(l.text), marker) }

// find gives the index of the first line that is the marker, or -1.
func find(lines []line, marker string) int {
	return slices.IndexFunc(lines, func(l line) bool { return is(l, marker) })
}

// marker does what find does, and notes a flaw if the marker is not there. A line
// that is almost the marker is a flaw too, but it is taken for the marker.
func (h *house) marker(lines []line, marker string) int {
	if i := find(lines, marker); i >= 0 {
		return i
	}
	near := slices.IndexFunc(lines, func(l line) bool {
		bare := strings.Trim(plainSpaces(l.text), "*#_:.- ")
		return len(bare) <= len(marker)+2 && digest.Distance(bare, marker) <= 2
	})
	if near < 0 {
		h.flaw(0, fmt.Sprintf("no line %q", marker), fmt.Sprintf("the words %s must be alone on a line", marker))
		return -1
	}
	h.flaw(lines[near].number, fmt.Sprintf("%q instead of %q", lines[near].text, marker),
		fmt.Sprintf("the words %s must be alone on a line", marker))
	return near
}
