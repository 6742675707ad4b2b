package intake

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"vesper/digest"
)

// pasted are the bullets of word processors. Some write them in the private area of a
// font of symbols. No word begins with one, so they need no space.
const pasted = "•‣◦●○▪■·\uf0b7\uf0a7\uf0d8"

// typed are bullets that are taken loosely. Like the hyphen they need a space.
const typed = "*–—"

// bullets reads the Quick Looks under their marker.
func (h *house) bullets(marker line, lines []line) {
	if len(lines) == 0 {
		h.flaw(marker.number, fmt.Sprintf("no bullet under %q", quickLooks), bulletHint)
	}
	var loose []line
	for _, l := range lines {
		text, ok := h.bullet(l.text)
		switch {
		case is(l, quickLooks):
			h.flaw(l.number, fmt.Sprintf("%q is there twice", quickLooks), "one file holds one article")
		case !ok:
			h.flaw(l.number, fmt.Sprintf("%.40q is not a bullet", l.text),
				fmt.Sprintf(`between %q and %q each line is "- " and a short sentence`, quickLooks, deepLook))
		case text == "":
			h.flaw(l.number, "a bullet without text", bulletHint)
		default:
			h.limit(l.number, "the Quick Look", text, digest.MaxQuickLook,
				"a Quick Look is one short sentence; the text goes under \"Deep Look\"")
			h.article.QuickLooks = append(h.article.QuickLooks, text)
			if mark, _ := utf8.DecodeRuneInString(l.text); strings.ContainsRune(typed, mark) {
				loose = append(loose, l)
			}
		}
	}
	if len(loose) > 0 {
		mark, _ := utf8.DecodeRuneInString(loose[0].text)
		h.loosely(loose[0].number,
			fmt.Sprintf(`"%c" instead of "-" before a Quick Look%s`, mark, more(len(loose))), bulletHint)
	}
}

const bulletHint = `a bullet is "- " and a short sentence`

// bullet gives the text behind a bullet.
func (h *house) bullet(s string) (text string, ok bool) {
	mark, size := utf8.DecodeRuneInString(s)
	text = strings.TrimSpace(s[size:])
	switch {
	case strings.ContainsRune(pasted, mark):
		return text, true
	case mark == '-' || !h.Strict && strings.ContainsRune(typed, mark):
		return text, text == "" || text != s[size:]
	}
	return "", false
}

// more says in how many lines a thing is found that is told once.
func more(n int) string {
	switch n {
	case 1:
		return ""
	case 2:
		return ", and in 1 more line"
	}
	return fmt.Sprintf(", and in %d more lines", n-1)
}
