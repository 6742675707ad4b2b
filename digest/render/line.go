package render

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// line makes one line of a text from outside. Control characters and line breaks of
// every kind become spaces, several spaces become one, and what is not UTF-8 becomes
// the replacement character. What would turn the direction of writing is left out.
// All that is printed or put into a header comes through here, so that no text can
// begin a line of its own. A text that is clean stays as it is.
func line(s string) string {
	if clean(s) {
		return s
	}
	var b strings.Builder
	space := false
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		if turns(r) {
			continue
		}
		if breaks(r) {
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// lines gives the lines that have something on them.
func lines(texts []string) []string {
	var out []string
	for _, s := range texts {
		if s = line(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// clean says whether line would leave s as it is.
func clean(s string) bool {
	space := true
	for _, r := range s {
		if r == utf8.RuneError || turns(r) || breaks(r) && (r != ' ' || space) {
			return false
		}
		space = r == ' '
	}
	return s == "" || !space
}

// turns is true for the embeddings, overrides and isolates of UAX #9. Where nothing
// ends them they reach past the text that they stand in: with them a headline could
// change how the text beside it is shown.
func turns(r rune) bool { return '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069' }

// breaks is true for a space, for control characters and for Unicode's own line
// breaks. A no-break space counts as a letter.
func breaks(r rune) bool {
	return r == ' ' || unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
}
