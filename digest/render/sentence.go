package render

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// firstSentence gives the first sentence of a summary. It ends only at a full
// stop, an exclamation or a question mark, with the quotation marks and brackets
// that close there, before a space and a capital; never after an abbreviation or
// initials, which cannot be told from the end of a sentence ("a proposal from
// U.S. President"). In doubt it takes more.
func firstSentence(s string) string {
	for i, r := range s {
		if r != '.' && r != '!' && r != '?' {
			continue
		}
		end := i + 1
		for end < len(s) {
			c, n := utf8.DecodeRuneInString(s[end:])
			if !strings.ContainsRune(`"'”’»)]`, c) {
				break
			}
			end += n
		}
		if end == len(s) {
			return s
		}
		if starts(s[end:]) && (r != '.' || end > i+1 || !abbreviated(s[:i])) {
			return s[:end]
		}
	}
	return s
}

// starts says whether a sentence can begin here: a space, and a capital that may
// stand in quotation marks or brackets.
func starts(s string) bool {
	rest := strings.TrimLeft(s, " \u00a0")
	if len(rest) == len(s) {
		return false
	}
	rest = strings.TrimLeft(rest, `"'“‘«„¿¡([`)
	r, _ := utf8.DecodeRuneInString(rest)
	return unicode.IsUpper(r) || unicode.IsTitle(r)
}

// abbreviated says whether the full stop after s may belong to its last word: to
// initials (U.S., J.), to an abbreviation, or to an ellipsis.
func abbreviated(s string) bool {
	parts := strings.FieldsFunc(s[strings.LastIndexAny(s, " \u00a0")+1:], func(r rune) bool {
		return strings.ContainsRune(`"'“‘«„([-–—/`, r)
	})
	if len(parts) == 0 {
		return true
	}
	word := parts[len(parts)-1]
	last := word[strings.LastIndexByte(word, '.')+1:]
	if last == "" {
		return true
	}
	if r, n := utf8.DecodeRuneInString(last); n == len(last) {
		return unicode.IsLetter(r)
	}
	small := strings.ToLower(word)
	return slices.Contains(strings.Fields(abbreviations), small) ||
		small != word && slices.Contains(strings.Fields(names), small)
}

// abbreviations are those that stand before a capital in news prose.
const abbreviations = `
	mr mrs ms mx dr prof rev hon messrs mme mlle
	gen lt col maj capt cpt cmdr adm sgt cpl pvt brig
	sen rep gov supt atty insp dept univ assn
	inc corp ltd bros jr sr st mt ft ave blvd rd hwy
	vs v etc al cf ca approx vol fig ch ed eds op
	ph.d m.sc e.g i.e`

// names are abbreviations that are words too, unless they begin with a capital:
// months, days, states and the like.
const names = `
	jan feb mar apr jun jul aug sept sep oct nov dec mon tue tues wed thu thur thurs fri sat sun
	ala ariz ark calif colo conn del fla ga ill ind kan ky la md mass mich minn miss mo mont
	neb nev okla ore pa tenn tex vt va wash wis wyo
	fr co pres sec treas det dist ofc amb art pl sq apt rte`
