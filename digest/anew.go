package digest

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sameLook is which part of a Quick Look's words an other one has at least that says the
// same.
const sameLook = 0.8

// mostTypos is how many of its words may have a typo.
const mostTypos = 3

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
		_, size := utf8.DecodeRuneInString(text[i:])
		next, _ := utf8.DecodeRuneInString(text[i+size:])
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
	if len(strange) > may+mostTypos {
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
	if max(len(a)-len(b), len(b)-len(a)) > utf8.UTFMax {
		return false
	}
	x, y := a, b // what is left between the letters that both begin and end with
	for x != "" && y != "" {
		r, size := utf8.DecodeRuneInString(x)
		if other, _ := utf8.DecodeRuneInString(y); r != other {
			break
		}
		x, y = x[size:], y[min(size, len(y)):]
	}
	for x != "" && y != "" {
		r, size := utf8.DecodeLastRuneInString(x)
		if other, _ := utf8.DecodeLastRuneInString(y); r != other {
			break
		}
		x, y = x[:len(x)-size], y[:max(len(y)-size, 0)]
	}
	if len(x) > 2*utf8.UTFMax || len(y) > 2*utf8.UTFMax {
		return false
	}
	m, n := []rune(x), []rune(y)
	swapped := len(m) == 2 && len(n) == 2 && m[0] == n[1] && m[1] == n[0]
	return (swapped || len(m) <= 1 && len(n) <= 1) && min(utf8.RuneCountInString(a), utf8.RuneCountInString(b)) >= 4 &&
		!strings.ContainsFunc(a+b, unicode.IsDigit)
}
