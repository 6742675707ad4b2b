package render

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// columns is how wide a character is: two columns for those of East Asia, none for
// what is drawn onto the character before.
func columns(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	return 1
}

func columnsOf(s string) int {
	n := 0
	for _, r := range s {
		n += columns(r)
	}
	return n
}

// cut shortens s to at most limit columns with the "…" at its end, between two words
// if it can. A quotation that is cut off is closed behind the "…".
func cut(s string, limit int) string {
	if columnsOf(s) <= limit {
		return s
	}
	end, wide := 0, 0
	for i, r := range s {
		if wide += columns(r); wide > limit-1 {
			break
		}
		end = i + len(string(r))
	}
	kept := s[:end]
	if i := strings.LastIndexByte(kept, ' '); s[end] != ' ' && i > 0 && columnsOf(kept[:i]) >= limit/2 {
		kept = kept[:i]
	}
	for {
		kept = strings.TrimRight(kept, " ,;:–—-“„«‘‚‹「『(")
		closing := unclosed(kept)
		if columnsOf(kept)+1+columnsOf(closing) <= limit {
			return kept + "…" + closing
		}
		i := strings.LastIndexByte(kept, ' ')
		if i < len(kept)/2 {
			return kept + "…"
		}
		kept = kept[:i]
	}
}

// marks are those that open quotations, each with the ones that close it.
type marks map[rune]string

// has says whether r opens a quotation.
func (m marks) has(r rune) bool { return m[r] != "" }

// quotes are the marks that open a quotation, each with the one that closes it.
// What closes in one language opens in another: „…“ and “…”, »…« and «…».
var quotes = marks{'“': "”", '„': "“”", '«': "»", '‹': "›", '「': "」", '『': "』", '"': `"`, '״': "״"}

// unclosed gives the marks that close the quotations which s leaves open.
func unclosed(s string) string {
	var open []rune
	before := ' '
	for _, r := range s {
		// A straight one behind a letter or a digit means inches, a Hebrew one an abbreviation.
		if n := len(open); n > 0 && strings.ContainsRune(quotes[open[n-1]], r) {
			open = open[:n-1]
		} else if quotes[r] != "" && (r != '"' && r != '״' || before == ' ') {
			open = append(open, r)
		}
		before = r
	}
	closing := ""
	for _, r := range open {
		first := []rune(quotes[r])[0]
		closing = string(first) + closing
	}
	return closing
}
