package render

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// quickLook is a Quick Look as it is set. Speaker is empty unless it is somebody's words:
// then it is who says them, with the colon, and Text is the quotation. The two with a
// space between are what the article has.
type quickLook struct{ Speaker, Text string }

// longestSpeaker is how wide who speaks may be, in columns.
const longestSpeaker = 60

func quickLooks(texts []string) []quickLook {
	var all []quickLook
	for _, s := range texts {
		speaker, text := spoken(s)
		all = append(all, quickLook{speaker, text})
	}
	return all
}

// spoken takes apart what somebody says: a name, a colon and one quotation to the end,
// as in: Council chair: “No.” Of any other text the speaker is "".
func spoken(s string) (speaker, text string) {
	i := strings.IndexAny(s, ":：")
	if i < 0 {
		return "", s
	}
	_, size := utf8.DecodeRuneInString(s[i:])
	name, said := s[:i+size], strings.TrimLeftFunc(s[i+size:], unicode.IsSpace)
	letter := strings.IndexFunc(name, unicode.IsLetter)
	if letter < 0 || columnsOf(name) > longestSpeaker || strings.ContainsFunc(name, quotes.has) || !oneQuotation(said) {
		return "", s
	}
	return name, said
}

// oneQuotation says whether a text is a single quotation, and a full stop at most after it.
func oneQuotation(s string) bool {
	opening, size := utf8.DecodeRuneInString(s)
	closing := quotes[opening]
	if closing == "" {
		return false
	}
	inner := strings.TrimRight(s[size:], ".。")
	last, width := utf8.DecodeLastRuneInString(inner)
	inner = inner[:len(inner)-width]
	return strings.ContainsRune(closing, last) && strings.TrimSpace(inner) != "" &&
		!strings.ContainsAny(inner, closing+string(opening))
}
