package gather

import (
	"slices"
	"strings"
	"unicode/utf8"

	"vesper/digest"
	"vesper/digest/intake"
	"vesper/digest/intake/page"
)

// The words over the house's parts, in small letters.
var quickLooks, deepLook = []string{"quick looks", "quick look"}, []string{"deep look"}

// markerAt gives the index of the first line that is one of these words alone, -1 if there
// is none.
func markerAt(lines []page.Line, words ...string) int {
	return slices.IndexFunc(lines, func(l page.Line) bool {
		return slices.Contains(words, strings.ToLower(strings.Trim(l.Text, " :*_-–—")))
	})
}

// fromHouse reads the lines of a story in the house format, of which the Quick Looks begin
// after one. The error is of an embargo that can't be read.
func fromHouse(a *digest.Article, lines []page.Line, quick int, format intake.Format) error {
	var above []string
	for _, l := range lines[:quick] {
		above = append(above, l.Text)
	}
	first, found, err := format.Pasted(above)
	if a.Embargo = first.Embargo; found {
		a.Source, a.Byline = orElse(first.Source, a.Source), orElse(first.Byline, a.Byline)
		a.Dateline, a.Label, a.Summary = first.Dateline, first.Label, first.Summary
	}
	rest := lines[quick+1:]
	deep := markerAt(rest, deepLook...)
	looks := rest
	if deep >= 0 {
		looks = rest[:deep]
	}
	for i, l := range looks {
		text := strings.TrimSpace(strings.TrimLeft(l.Text, "-•*–—‣◦ "))
		bullet := l.Kind == page.Item || text != l.Text
		if !bullet {
			if deep < 0 {
				looks = looks[:i] // the text begins here, without a heading
			}
			break
		}
		if text != "" {
			a.QuickLooks = append(a.QuickLooks, text)
		}
	}
	if deep < 0 {
		deep = len(looks) - 1
	}
	a.DeepLook = blocks(rest[deep+1:])
	return err
}

const (
	// embargoWithin is how many lines of a story without the house's parts are looked at for
	// its embargo, longestEmbargo how many characters such a line has: a longer one is text.
	embargoWithin, longestEmbargo = 3, 60
)

// embargoOf sets the embargo of a story without the house's parts, if it begins with that
// line, and gives the line and the lines that are its text. The error is of an embargo that
// can't be read.
func embargoOf(a *digest.Article, lines []page.Line, format intake.Format) (string, []page.Line, error) {
	for i, l := range lines[:min(embargoWithin, len(lines))] {
		at, is, err := format.Embargo(l.Text)
		if !is || err != nil && utf8.RuneCountInString(l.Text) > longestEmbargo {
			continue
		}
		a.Embargo = at
		return l.Text, slices.Delete(slices.Clone(lines), i, i+1), err
	}
	return "", lines, nil
}

func orElse(s, other string) string {
	if s = strings.TrimSpace(s); s != "" {
		return s
	}
	return other
}

// blocks gives lines as a Deep Look.
func blocks(lines []page.Line) []digest.Block {
	var out []digest.Block
	for _, l := range lines {
		text := l.Text
		if l.Kind == page.Item {
			text = "– " + text
		}
		out = append(out, digest.Block{Heading: l.Kind == page.Heading, Text: text})
	}
	// A heading stands over something.
	for len(out) > 0 && out[len(out)-1].Heading {
		out = out[:len(out)-1]
	}
	return out
}

// enough is how many characters of text make a story, so that its page need not be asked.
const enough = 600

// thin says whether lines are too few to be a story's text.
func thin(lines []page.Line) bool {
	if markerAt(lines, quickLooks...) >= 0 {
		return false
	}
	n := 0
	for _, l := range lines {
		n += utf8.RuneCountInString(l.Text)
	}
	return n < enough
}
