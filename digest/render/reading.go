package render

import (
	"unicode"

	"vesper/digest"
)

// readingPace is how fast people read, in words a minute.
const readingPace = 238

// Scripts that put no space between words. Where a sign is a syllable or more, three
// of them are read like two words, and of the letters of the others four like one.
var (
	signScripts   = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Yi}
	letterScripts = []*unicode.RangeTable{unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}
)

// readingWords says how long a text takes to read, in words: those between spaces and,
// where words have no spaces, what its characters come to.
func readingWords(texts ...string) int {
	words, sign, letter := 0, 0, 0
	for _, text := range texts {
		// Between words, within one, or behind a character that counts by itself.
		const between, within, behind = 0, 1, 2
		at := between
		for _, r := range text {
			switch {
			case unicode.IsSpace(r):
				at = between
			case r > '\u3000' && unicode.IsPunct(r):
				at = behind // 「 and the like
			case unicode.In(r, signScripts...) || r == 'ー':
				sign++
				at = behind
			case unicode.In(r, letterScripts...):
				if !unicode.IsMark(r) {
					letter++
				}
				at = behind
			case at == between || at == behind && (unicode.IsLetter(r) || unicode.IsNumber(r)):
				words++
				at = within
			}
		}
	}
	return words + (2*sign+2)/3 + (letter+3)/4
}

func deepWords(blocks []digest.Block) int {
	n := 0
	for _, b := range blocks {
		n += readingWords(b.Text)
	}
	return n
}

func deepMinutes(n int) int { return max(1, (n+readingPace/2)/readingPace) }
