package intake

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// windows1252 has the characters of the bytes 0x80 to 0x9F. Those of 0xA0 to 0xFF have
// the numbers of Unicode. Latin-1 is the same without the former.
var windows1252 = []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")

func windowsRune(b byte) rune {
	if 0x80 <= b && b < 0xa0 {
		return windows1252[b-0x80]
	}
	return rune(b)
}

// isWindows1252 says whether a text is in Windows-1252. Any bytes could be; so what reads
// as no western text is not: UTF-8 that was damaged, and the code pages of other
// alphabets and of the Mac.
func isWindows1252(s string) bool {
	if utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return false
	}
	damaged := 0
	for rest := s; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			damaged--
		case size > 1:
			damaged++ // by chance, É and a no-break space are a letter of UTF-8
		}
		rest = rest[size:]
	}
	if damaged >= 0 {
		return false
	}
	letters, beyond, run, before := 0, 0, 0, ' '
	for i := range len(s) {
		r, after := windowsRune(s[i]), ' '
		if i+1 < len(s) {
			after = windowsRune(s[i+1])
		}
		if unicode.IsLetter(r) {
			letters++
		}
		if s[i] >= utf8.RuneSelf {
			if !stands(before, r, after) {
				return false
			}
			if unicode.IsLetter(r) {
				beyond++
			}
		}
		if run++; s[i] < utf8.RuneSelf || !unicode.IsLetter(r) {
			run = 0
		} else if run > 3 {
			return false // a word in another alphabet
		}
		before = r
	}
	// Of the letters of a western text, far less than a third have accents.
	return 3*beyond <= letters
}

// stands says whether a character beyond ASCII may stand between these two.
func stands(before, r, after rune) bool {
	switch {
	case unicode.IsControl(r):
		return false
	case unicode.IsLetter(r):
		// The Mac's é is Ž here, and its ’ is Õ.
		return !unicode.IsUpper(r) || !unicode.IsLower(before)
	case !unicode.IsLetter(before):
		return true
	case unicode.IsLetter(after):
		return strings.ContainsRune("’‘–—…·\u00a0\u00ad", r)
	}
	return strings.ContainsRune("’‘”“»›–—…·™®©°¹²³†‡\u00a0\u00ad", r)
}

// fromWindows1252 gives a line as UTF-8.
func (h *house) fromWindows1252(number int, s string) string {
	ascii := true
	runes := make([]rune, 0, len(s))
	for i := range len(s) {
		runes = append(runes, windowsRune(s[i]))
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	if !ascii && !h.windows {
		h.windows = true
		h.loosely(number, "not UTF-8, but Windows-1252 or Latin-1", textHint)
	}
	return string(runes)
}
