package digest

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sameLook is which part of a Quick Look's words an other one has at least that says the
// same.
const sameLook = 0.8

// fewWords is how many unknown words are looked at for typos, however many are known.
const fewWords = 12

// NewLooks gives the Quick Looks that say what none of the printed ones says, in their
// order. One that was printed with a typo, in another order of its words, shortened or with
// another word in it is not new; one in which a figure was exchanged for another is.
func NewLooks(now, printed []string) []string {
	old := make([]said, len(printed))
	for i, q := range printed {
		old[i] = saidIn(q)
	}
	var fresh []string
	for _, q := range now {
		s := saidIn(q)
		known := len(s.words) == 0
		for _, o := range old {
			known = known || s.known(o)
		}
		if !known {
			fresh = append(fresh, q)
			old = append(old, s) // one that stands there twice is new once
		}
	}
	return fresh
}

// said is what a Quick Look says: its words, in their order, and how often each is there.
type said struct {
	words []string
	count map[string]int
}

func saidIn(text string) said {
	s := said{count: map[string]int{}}
	for _, r := range runsOf(joinFigures(text)) {
		for _, w := range r.parts {
			s.words = append(s.words, w)
			s.count[w]++
		}
	}
	return s
}

// joinFigures writes 1,200 and 1.200 as 1200.
func joinFigures(text string) string {
	var b strings.Builder
	before, skipped := ' ', false
	for i, r := range text {
		next, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
		if (r == ',' || r == '.') && unicode.IsDigit(before) && unicode.IsDigit(next) {
			skipped = true
			continue
		}
		b.WriteRune(r)
		before = r
	}
	if !skipped {
		return text
	}
	return b.String()
}

// known says whether another one says the same, or more.
func (s said) known(o said) bool {
	if s.swapsFigure(o) {
		return false
	}
	left := map[string]int{}
	for w, n := range o.count {
		left[w] = n
	}
	var strange []string
	for _, w := range s.words {
		if left[w] > 0 {
			left[w]--
		} else {
			strange = append(strange, w)
		}
	}
	may := int((1 - sameLook) * float64(len(s.words)) * (1 + 1e-9))
	if len(strange) > fewWords && 2*len(strange) > len(s.words) {
		return false
	}
	for _, w := range strange {
		for _, of := range o.words {
			if left[of] > 0 && typo(w, of) {
				left[of]--
				may++
				break
			}
		}
	}
	return len(strange) <= may
}

// swapsFigure says whether each has a figure that the other lacks: the number of the dead
// has risen.
func (s said) swapsFigure(o said) bool { return s.figureBeyond(o) && o.figureBeyond(s) }

func (s said) figureBeyond(o said) bool {
	for _, w := range s.words {
		if strings.ContainsFunc(w, unicode.IsDigit) && o.count[w] == 0 {
			return true
		}
	}
	return false
}

// typo says whether two words of at least four letters, without figures, are the same but
// for one letter more, less or other, or two that changed places.
func typo(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(x) < 4 || len(y)-len(x) > 1 || strings.ContainsFunc(a+b, unicode.IsDigit) {
		return false
	}
	i := 0
	for i < len(x) && x[i] == y[i] {
		i++
	}
	rest := func(from, other int) bool { return string(x[min(from, len(x)):]) == string(y[min(other, len(y)):]) }
	if len(x) < len(y) {
		return rest(i, i+1)
	}
	swapped := i+1 < len(x) && x[i] == y[i+1] && x[i+1] == y[i]
	return rest(i+1, i+1) || swapped && rest(i+2, i+2)
}
