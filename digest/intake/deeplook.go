package intake

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"vesper/digest"
)

// The longest sub-heading, in characters and in words. The house's own stay
// under 50 and 8; what is longer than this is a sentence whose stop was lost.
const (
	maxHeading      = 80
	maxHeadingWords = 12
)

// commentLine is the line under a story that asks to log in and comment, as the
// common web programs word it: nothing else may be on the line.
var commentLine = func() *regexp.Regexp {
	const (
		enter = `(?:register(?:ed)?|log(?:ged)?[ -]?in|sign(?:ed)?[ -]?(?:in|up)|subscribed?|create an account)`
		must  = `(?:(?:you (?:must|need to|have to)|please) )?(?:be )?`
		both  = enter + `(?:(?:,| or| and) (?:be )?` + enter + `)*(?: here)?`
		then  = ` (?:to|before you can|in order to) (?:post|leave|add|write|submit|make) (?:a|your) (?:comment|reply)`
	)
	return regexp.MustCompile(`(?i)^` + must + both + then + `[.!]?$`)
}()

// paragraphs reads the Deep Look under its marker.
func (h *house) paragraphs(marker line, lines []line) {
	for len(lines) > 0 && commentLine.MatchString(plainSpaces(lines[len(lines)-1].text)) {
		lines = lines[:len(lines)-1]
	}
	if len(lines) == 0 {
		h.flaw(marker.number, fmt.Sprintf("no paragraph under %q", deepLook), "each paragraph is one line")
	}
	for i, l := range lines {
		if is(l, quickLooks) || is(l, deepLook) {
			h.flaw(l.number, fmt.Sprintf("%q stands a second time", plainSpaces(l.text)), "one file holds one article")
		}
		last := i == len(lines)-1
		h.article.DeepLook = append(h.article.DeepLook, digest.Block{Heading: !last && heading(l.text), Text: l.text})
	}
}

// heading says whether a line that is not the last reads as a sub-heading. The
// format has no mark for them: they are bare short lines without a full stop.
//
// So a line's end decides. Prose ends in a full stop or another mark, behind a
// closing quotation mark or not (“… us in ours.”); a sub-heading ends in a
// letter, a figure or a question mark. Asking for what may stand there, and not
// for the lack of a full stop, also rules out the stops of other scripts, and
// the colon or dash that leads on to the next line.
//
// Two kinds of short prose end like that too: a question set as a paragraph of
// its own (“But who will pay?”), and a quotation whose stop was lost. They are
// told apart by their letters, since the house capitalises its sub-headings.
// In doubt the line is a paragraph: a heading set as text is read all the same,
// while a sentence set as a heading misleads.
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

// capitalised says whether the words are set as in a headline: none of four or
// more letters begins with a small one. Shorter ones are articles, prepositions
// and the like.
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
