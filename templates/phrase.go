package templates

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/feature/plural"
)

// Plural is a phrase for each form that numbers have in the language: "one", "other"
// and so on, as CLDR names them. "{n}" stands for the number.
type Plural map[string]string

// UnmarshalJSON reads the forms in place of those that are there: a plural is one phrase.
func (p *Plural) UnmarshalJSON(b []byte) error {
	forms := map[string]string{}
	if err := json.Unmarshal(b, &forms); err != nil {
		return errors.New("a plural is an object with a text for each form")
	}
	*p = forms
	return nil
}

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

// Numbered gives a paper's number, as in "No. 214"; empty for a paper without one.
func (w *Words) Numbered(number uint32) string {
	if number == 0 {
		return ""
	}
	return Say(w.Edition.Number, "n", fmt.Sprint(number))
}

// Capital gives what stands alone, such as a date in the masthead: it begins with a
// capital letter, also where names of days are written small.
func (w *Words) Capital(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	capital := unicode.ToTitle(first)
	if base, _ := w.tag.Base(); base.String() == "tr" || base.String() == "az" {
		capital = unicode.TurkishCase.ToTitle(first)
	}
	return string(capital) + s[n:]
}

// Within gives a phrase that stands alone as it is written inside a sentence: without its
// capital letter, unless it begins with the name of a day that has one.
func (w *Words) Within(s string) string {
	for _, day := range w.Dates.Weekdays {
		if strings.HasPrefix(s, day) {
			return s
		}
	}
	first, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToLower(first)) + s[n:]
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
