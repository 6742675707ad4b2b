package intake

import (
	"strings"
	"unicode"
)

// cut gives a text of at most so many characters. One that is longer ends after a
// sentence, else after a word, and then with "…".
func cut(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	// A text that ends in its first half says too little.
	for end := most - 2; end > most/2; end-- {
		if endsSentence(runes, end) {
			return string(runes[:end]) + " …"
		}
	}
	for end := most - 1; end > most/2; end-- {
		if unicode.IsSpace(runes[end]) {
			return strings.TrimRight(string(runes[:end]), " \u00a0\u202f,;:–—-") + "…"
		}
	}
	end := max(most-1, 0)
	for end > 0 && joins(runes, end) {
		end--
	}
	return string(runes[:end]) + "…"
}

// endsSentence says whether a sentence ends before runes[end].
func endsSentence(runes []rune, end int) bool {
	stop := end - 1
	for stop > 0 && strings.ContainsRune("”’»“›\"')]」』", runes[stop]) {
		stop--
	}
	switch {
	case strings.ContainsRune("。！？", runes[stop]):
		return true
	case !unicode.IsSpace(runes[end]) || !strings.ContainsRune(".!?…؟۔।", runes[stop]):
		return false
	case runes[stop] != '.':
		return true
	}
	// A short word before the full stop may be an abbreviation: U.S., Mr., Nov.
	letters := 0
	for stop--; stop >= 0 && (unicode.IsLetter(runes[stop]) || unicode.IsNumber(runes[stop])); stop-- {
		letters++
	}
	return letters > 3 && end+1 < len(runes) && !unicode.IsLower(runes[end+1])
}

// joins says whether runes[i] is shown as one with the character before it.
func joins(runes []rune, i int) bool {
	const joiner = '\u200d'
	return unicode.IsMark(runes[i]) || runes[i] == joiner || runes[i-1] == joiner ||
		unicode.Is(unicode.Sk, runes[i]) || unicode.Is(unicode.Variation_Selector, runes[i])
}
