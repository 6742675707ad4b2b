package intake

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"vesper/digest"
)

// The longest sub-heading, in characters and in words. Those of the house have less
// than 50 and 8. A longer line is a sentence whose full stop was lost.
const (
	maxHeading      = 80
	maxHeadingWords = 12
)

// paragraphs reads the Deep Look under its marker.
func (h *house) paragraphs(marker line, lines []line) {
	lines = h.withoutTail(lines)
	if len(lines) == 0 {
		h.flaw(marker.number, fmt.Sprintf("no paragraph under %q", deepLook), "each paragraph is one line")
	}
	for i, l := range lines {
		second := is
		if !is(marker, deepLook) {
			second = nearly
		}
		if second(l, quickLooks) || second(l, deepLook) {
			h.flaw(l.number, fmt.Sprintf("%q is there twice", plainSpaces(l.text)), "one file holds one article")
		}
		last := i == len(lines)-1
		text, isHeading := h.heading(l.text)
		h.article.DeepLook = append(h.article.DeepLook, digest.Block{Heading: !last && isHeading, Text: text})
	}
}

// heading gives the text of a line that is not the last, and says whether it is a
// sub-heading. In fetched articles they are marked, since others write theirs in
// other ways than the house.
func (h *house) heading(s string) (string, bool) {
	if h.article.Feed != "" {
		return strings.CutPrefix(s, headingMark)
	}
	return s, heading(s)
}

// heading says whether a line that is not the last is a sub-heading. The format has
// no mark for sub-headings: they are short lines without a full stop.
//
// So the end of the line decides. Prose ends with a full stop or another mark, with
// or without a closing quotation mark behind it (“… us in ours.”). A sub-heading
// ends with a letter, a figure or a question mark. To ask for these, and not for
// the lack of a full stop, also rules out the stops of other scripts, and the colon
// or dash that leads to the next line.
//
// Two kinds of short prose end in the same way: a question that is a paragraph of
// its own (“But who will pay?”), and a quotation whose stop was lost. Their letters
// tell: the house writes its sub-headings with capitals. In doubt the line is a
// paragraph. A heading that is printed as text does no harm, but a sentence that is
// printed as a heading misleads.
func heading(s string) bool {
	words := strings.Fields(s)
	if utf8.RuneCountInString(s) > maxHeading || len(words) > maxHeadingWords || words[0] == "-" {
		return false
	}
	const open, closed = "“‘«„‹\"'", "”’»“›\"')]"
	end, _ := utf8.DecodeLastRuneInString(strings.TrimRight(s, closed))
	question := strings.ContainsRune("?؟？", end)
	if !question && end != '%' && !unicode.IsLetter(end) && !unicode.IsMark(end) && !unicode.IsNumber(end) {
		return false
	}
	first, _ := utf8.DecodeRuneInString(s)
	if question || strings.ContainsRune(open, first) {
		return capitalised(words)
	}
	return true
}

// capitalised says whether the words are written as in a headline: no word of four
// letters or more begins with a small letter. Shorter words are articles,
// prepositions and the like.
func capitalised(words []string) bool {
	for _, w := range words {
		w = strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) })
		first, _ := utf8.DecodeRuneInString(w)
		if unicode.IsLower(first) && utf8.RuneCountInString(w) >= 4 {
			return false
		}
	}
	return true
}
