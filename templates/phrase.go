package templates

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/feature/plural"
)

// Plural is a phrase for each form that the language has for a number: "one",
// "other" and those between, as CLDR names them. "{n}" stands for the number.
type Plural map[string]string

// Say gives a phrase with its values: pairs of a name and what stands for it.
func Say(phrase string, pairs ...string) string {
	old := make([]string, len(pairs))
	copy(old, pairs)
	for i := 0; i+1 < len(old); i += 2 {
		old[i] = "{" + old[i] + "}"
	}
	return strings.NewReplacer(old...).Replace(phrase)
}

// Sentence gives a phrase as a sentence of its own: with a full stop, unless it
// ends in one or in another mark, inside quotation marks or not.
func (w *Words) Sentence(phrase string, pairs ...string) string {
	s := Say(phrase, pairs...)
	bare := strings.TrimRight(s, "\"'”’“»›)]」』")
	if last, _ := utf8.DecodeLastRuneInString(bare); strings.ContainsRune(".!?…؟۔。！？।", last) {
		return s
	}
	return s + w.Edition.Stop
}

// forms are CLDR's names of the plural forms.
var forms = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

// Count gives the phrase for n, which is not negative.
func (w *Words) Count(p Plural, n int) string {
	phrase, ok := p[forms[plural.Cardinal.MatchPlural(w.tag, n, 0, 0, 0, 0)]]
	if !ok {
		phrase = p["other"]
	}
	return Say(phrase, "n", fmt.Sprint(n))
}
