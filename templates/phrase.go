package templates

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/feature/plural"
)

// Plural is a phrase for each form that numbers have in the language: "one", "other"
// and so on, as CLDR names them. "{n}" stands for the number.
type Plural map[string]string

// Say puts values into a phrase. They come as pairs of a name and its value.
func Say(phrase string, pairs ...string) string {
	old := make([]string, len(pairs))
	copy(old, pairs)
	for i := 0; i+1 < len(old); i += 2 {
		old[i] = "{" + old[i] + "}"
	}
	return strings.NewReplacer(old...).Replace(phrase)
}

// Sentence does the same and makes a sentence of it: it adds a full stop, unless the
// phrase ends with one or with another mark, inside quotation marks or not.
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
	plural.Zero: "zero", plural.One: "one", plural.Two: "two",
	plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

// Count gives the phrase for the number n, which must not be negative.
func (w *Words) Count(p Plural, n int) string {
	phrase, ok := p[forms[plural.Cardinal.MatchPlural(w.tag, n, 0, 0, 0, 0)]]
	if !ok {
		phrase = p["other"]
	}
	return Say(phrase, "n", fmt.Sprint(n))
}

// Colon gives the colon as it is set behind a word that leads to a link: French has a
// no-break space before it, Chinese and Japanese have one of full width.
func (w *Words) Colon() string {
	switch base, _ := w.tag.Base(); base.String() {
	case "fr":
		return "\u00a0:"
	case "zh", "ja", "yue":
		return "："
	}
	return ":"
}
