package bounce

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// addressesIn gives the addresses in a text, each once, in their order.
func addressesIn(s string) []string {
	var all []string
	for from := 0; ; {
		at := strings.IndexByte(s[from:], '@')
		if at < 0 {
			return all
		}
		at += from
		start, end := at, at+1
		for start > from && at-start < 64 && isLocal(s[start-1]) {
			start--
		}
		// A quoted local part (RFC 5321 4.1.2).
		if start == at && at > from && s[at-1] == '"' {
			if open := strings.LastIndexByte(s[max(from, at-64):at-1], '"'); open >= 0 {
				start = max(from, at-64) + open
			}
		}
		for end < len(s) && end-at < 255 && isDomain(s[end]) {
			end++
		}
		from = end
		local := strings.TrimLeft(localOf(s[start:at]), "'`=/.")
		domain := strings.Trim(domainOf(s[at+1:end]), ".-'")
		if local == "" || !strings.Contains(domain, ".") || !utf8.ValidString(local+domain) {
			continue
		}
		if a := local + "@" + domain; len(all) < maxRecipients && !holds(all, a) {
			all = append(all, a)
		}
	}
}

// localOf gives the local part at the end of a text whose language may write words and signs
// before it without a space: none mixes its letters with Latin ones in an address.
func localOf(s string) string {
	if last := strings.LastIndexFunc(s, isSign); last >= 0 {
		_, size := utf8.DecodeRuneInString(s[last:])
		s = s[last+size:]
	}
	if last := strings.LastIndexFunc(s, isUnspaced); last >= 0 {
		if _, size := utf8.DecodeRuneInString(s[last:]); last+size < len(s) {
			s = s[last+size:]
		}
	}
	return s
}

// domainOf gives the domain at the beginning of such a text.
func domainOf(s string) string {
	if first := strings.IndexFunc(s, isSign); first >= 0 {
		s = s[:first]
	}
	for i, r := range s {
		if isUnspaced(r) && i > 0 && s[i-1] < utf8.RuneSelf && s[i-1] != '.' && strings.Contains(s[:i], ".") {
			return s[:i]
		}
	}
	return s
}

// isSign says whether a character stands in no word, as a wide colon or quote.
func isSign(r rune) bool {
	return r >= utf8.RuneSelf && r != utf8.RuneError && !unicode.In(r, unicode.L, unicode.M, unicode.N)
}

// isUnspaced says whether a letter is of a language that sets no spaces.
func isUnspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)
}

func isLocal(c byte) bool {
	return isDomain(c) || strings.IndexByte("!#$%&'*+/=?^_`{|}~", c) >= 0
}

func isDomain(c byte) bool {
	return c >= utf8.RuneSelf || c == '-' || c == '.' || c == '_' || '0' <= c && c <= '9' ||
		'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func holds(all []string, address string) bool {
	for _, a := range all {
		if strings.EqualFold(a, address) {
			return true
		}
	}
	return false
}
