package digest

import (
	"strings"
	"unicode"
)

// run is what stands on end in a text: words, or the letters of a script that writes no
// spaces between words.
type run struct {
	parts   []string
	letters bool
}

// unspaced are the scripts without spaces between words.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
	unicode.Tibetan,
}

// runsOf divides a text, in small letters, at each change between the two kinds of scripts.
// Between letters nothing else counts: one copy of a story has a comma more, another a space.
func runsOf(text string) []run {
	var runs []run
	begin := -1 // where the word begins that is read, -1 for none
	text = strings.ToLower(text)
	put := func(part string, letters bool) {
		if n := len(runs); n == 0 || runs[n-1].letters != letters {
			runs = append(runs, run{letters: letters})
		}
		last := &runs[len(runs)-1]
		last.parts = append(last.parts, part)
	}
	end := func(at int) {
		if begin >= 0 {
			put(text[begin:at], false)
			begin = -1
		}
	}
	for at, r := range text {
		switch {
		case r > unicode.MaxLatin1 && unicode.In(r, unspaced...) && unicode.In(r, unicode.L, unicode.N, unicode.M):
			end(at)
			put(string(r), true)
		case !unicode.In(r, unicode.L, unicode.N, unicode.M):
			end(at)
		case begin < 0:
			begin = at
		}
	}
	end(len(text))
	return runs
}
