package render

import (
	"cmp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// ending says how often a sentence ends at a stop after a word of some kind.
type ending int

const (
	// endsAlways: after any other word.
	endsAlways ending = iota
	// endsMaybe: after an abbreviation.
	endsMaybe
	// endsSeldom: after a single letter, which often has a name after it.
	endsSeldom
	// endsNever: after a title and the like, which something has to follow.
	endsNever
)

// grammar is what one needs to know of a language to find the ends of sentences.
type grammar struct {
	abbreviations map[string]ending
	// openers are words that begin sentences. surnames are those of them that are
	// names as well.
	openers, surnames map[string]bool
	ordinals          bool
}

// grammars has the languages with lists of openers. The English abbreviations are
// in all of them. Most runs of the program need one of them or none.
var grammars = map[string]func() grammar{
	"en": newGrammar(englishProse),
	"de": newGrammar(germanProse, englishProse),
	"fr": newGrammar(frenchProse, englishProse),
	"es": newGrammar(spanishProse, englishProse),
	"ar": newGrammar(arabicProse, englishProse),
	"it": newGrammar(italianProse, englishProse),
	"pt": newGrammar(portugueseProse, englishProse),
}

// anyGrammar is for all other languages. It has the abbreviations of all of them, and
// no openers: an abbreviation never ends a sentence.
var anyGrammar = newGrammar(prose{ordinals: true},
	englishProse, germanProse, frenchProse, spanishProse, arabicProse, italianProse, portugueseProse, otherProse)

func newGrammar(own prose, others ...prose) func() grammar {
	return sync.OnceValue(func() grammar {
		g := grammar{map[string]ending{}, set(own.openers), set(own.surnames), own.ordinals}
		for _, p := range append(others, own) {
			for w := range set(p.shorts) {
				g.abbreviations[w] = max(g.abbreviations[w], endsMaybe)
			}
			for w := range set(p.titles) {
				g.abbreviations[w] = endsNever
			}
		}
		return g
	})
}

func set(words string) map[string]bool {
	all := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		all[w] = true
	}
	return all
}

func grammarOf(language string) grammar {
	primary, _, _ := strings.Cut(strings.ToLower(language), "-")
	if g, ok := grammars[cmp.Or(primary, "en")]; ok {
		return g()
	}
	return anyGrammar()
}

// opens says whether text begins with a word that begins sentences. After a single
// letter (seldom) a word that is a surname too does not count.
func (g grammar) opens(text string, after ending) bool {
	rest := strings.TrimLeftFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) })
	first := text[:len(text)-len(rest)]
	if !g.openers[first] || after == endsSeldom && g.surnames[first] {
		return false
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return isSpace(r) || strings.ContainsRune(",'’", r)
}

// ending says of which kind the last word of s is, which has the stop after it.
func (g grammar) ending(s, stop string) ending {
	lead, token := splitLast(s, unicode.IsSpace)
	mark, last := splitLast(token, divides)
	switch {
	case stop != ".":
		return g.abbreviations[last+stop]
	case token == "":
		return endsNever
	case last == "":
		return endsAlways
	}
	if k := g.abbreviation(lead, last); k != endsAlways {
		return k
	}
	small := last == strings.ToLower(last)
	if small && (strings.HasSuffix(mark, "’") || strings.HasSuffix(mark, "'")) {
		return endsAlways // the mayor’s
	}
	number := strings.TrimFunc(last, unicode.IsDigit) == ""
	if token == last && (isLetter(last) || number && len(last) <= 2) && g.lists(lead) {
		return endsNever
	}
	switch _, part := splitLast(last, isFullStop); {
	case isLetter(last) || part != last && isLetter(part):
		return endsSeldom
	case g.ordinals && (number || strings.Trim(last, "IVXLCDM") == ""):
		return endsMaybe
	case strings.Trim(strings.ToLower(last[:1])+last[1:], consonants) == "":
		return endsMaybe
	}
	return endsAlways
}

// abbreviation looks a word up in the list: the word alone, its part after the last
// stop in it, and the word together with single letters before it that it may belong
// to ("z. B."). lead is the text before the word.
func (g grammar) abbreviation(lead, last string) ending {
	for whole, i := last, 0; i < 3 && isLetter(last); i++ {
		if k := g.look(whole); k != endsAlways {
			return k
		}
		var letter string
		lead, letter = splitLast(stopped(lead), unicode.IsSpace)
		if !isLetter(letter) {
			return endsAlways
		}
		whole = letter + "." + whole
	}
	_, part := splitLast(last, isFullStop)
	return max(g.look(last), g.look(part))
}

// look finds a word in the list. One that the list has in small letters may have a
// capital ("Approx."). A word all in capitals may be an acronym (SEC) and not a title
// (Sec.): a sentence may end there.
func (g grammar) look(s string) ending {
	r, n := utf8.DecodeRuneInString(s)
	if n == len(s) {
		return g.abbreviations[s]
	}
	k := max(g.abbreviations[s], g.abbreviations[string(unicode.ToLower(r))+s[n:]])
	if k != endsAlways || s != strings.ToUpper(s) {
		return k
	}
	small := strings.ToLower(s)
	return min(endsMaybe, max(g.abbreviations[small], g.abbreviations[s[:n]+small[min(n, len(small)):]]))
}

// lists says whether a letter or a number with a stop, after the text lead, numbers
// what follows, as in "1. Cut taxes. 2. Raise wages." In "No. 5." it does not.
func (g grammar) lists(lead string) bool {
	lead = strings.TrimRightFunc(lead, unicode.IsSpace)
	if lead == "" || strings.ContainsRune(":;!?", rune(lead[len(lead)-1])) {
		return true
	}
	_, before := splitLast(stopped(lead), unicode.IsSpace)
	return before != "" && !isLetter(before) && g.look(before) == endsAlways
}

// stopped gives s without the full stop at its end, and "" if it has none.
func stopped(s string) string {
	before, ok := strings.CutSuffix(strings.TrimRightFunc(s, unicode.IsSpace), ".")
	if !ok {
		return ""
	}
	return before
}

// splitLast cuts s after the last rune that divides it.
func splitLast(s string, divides func(rune) bool) (lead, last string) {
	i := strings.LastIndexFunc(s, divides)
	if i < 0 {
		return "", s
	}
	_, n := utf8.DecodeRuneInString(s[i:])
	return s[:i+n], s[i+n:]
}

// consonants: a word of these letters alone is an abbreviation (Sgts.). In capitals
// it may be an acronym (BBC, MPs).
const consonants = "bcdfghjklmnpqrstvwxz"

func isFullStop(r rune) bool { return r == '.' }

// divides is true for what joins words (a hyphen) or stands around them (quotation
// marks).
func divides(r rune) bool {
	return strings.ContainsRune("\"'“”‘’„‚«»‹›([-‐‑–—/\u200e\u200f", r)
}

// isLetter says whether s is one letter of an alphabet, with its accents.
func isLetter(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r) && !unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) &&
		strings.TrimLeftFunc(s[n:], unicode.IsMark) == ""
}

// closing has, for each mark that opens a quotation or brackets, those that may close
// them. In German “ closes, in Swedish ” opens.
var closing = map[rune]string{
	'(': ")", '[': "]", '（': "）", '「': "」", '『': "』", '《': "》", '"': `"`, '\'': "'",
	'“': "”", '”': "“”", '„': "“”", '‘': "’", '‚': "‘’", '«': "»", '»': "«»", '‹': "›", '›': "‹›",
}
