package templates

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// readWords reads a language's file. Every phrase must be there: a page that is
// half in another language would be the alternative.
func readWords(name, source string) (*Words, error) {
	tag, err := language.Parse(strings.TrimSuffix(path.Base(name), ".json"))
	if err != nil {
		return nil, &Error{File: name, Problem: "its name is no language tag", Hint: `such as "words/pt-BR.json"`}
	}
	w := &Words{Language: tag.String(), tag: tag}
	d := json.NewDecoder(strings.NewReader(source))
	d.DisallowUnknownFields()
	if err := d.Decode(w); err != nil {
		at := d.InputOffset()
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			at = syntax.Offset
		}
		return nil, &Error{File: name, Line: lineAt(source, at), Problem: strings.TrimPrefix(err.Error(), "json: ")}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, &Error{File: name, Line: lineAt(source, d.InputOffset()), Problem: "something stands after the end"}
	}
	return w, w.check(name)
}

// check holds words to the built-in English: nothing is missing, and each phrase
// has places for the values that it is given, and for no others. One that is left
// out would leave out an address or a link's date.
func (w *Words) check(name string) error {
	const hint = `words/en.json, which "vesper templates dump" writes, has all of them`
	model := places(english())
	var missing []string
	for key, phrases := range phrasesOf(reflect.ValueOf(*w), "") {
		if len(phrases) == 0 || slices.Contains(phrases, "") ||
			key == "dates.months" && len(phrases) != 12 || key == "dates.weekdays" && len(phrases) != 7 {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return &Error{File: name, Problem: "it has no words for " + strings.Join(missing, ", "), Hint: hint}
	}
	ours := places(w)
	for _, key := range slices.Sorted(maps.Keys(ours)) {
		may, must := model[key], model[key]
		if free, ok := freely[key]; ok {
			may, must = free, nil
		}
		if plural, form, ok := strings.Cut(key, "#"); ok {
			if may, must = []string{"{n}"}, nil; form == "other" {
				must = may
			}
			if !slices.Contains(slices.Collect(maps.Values(forms)), form) {
				return &Error{File: name, Problem: plural + " has a form " + form + ", which no number has", Hint: "zero, one, two, few, many, other"}
			}
		}
		for _, p := range must {
			if !slices.Contains(ours[key], p) {
				return &Error{File: name, Problem: strings.Replace(key, "#", ".", 1) + " leaves out " + p}
			}
		}
		for _, p := range ours[key] {
			if !slices.Contains(may, p) {
				return &Error{File: name, Problem: strings.Replace(key, "#", ".", 1) + " has " + p + ", for which there is no value"}
			}
		}
	}
	return nil
}

// english reads the built-in English, which the others are held to.
var english = sync.OnceValue(func() *Words {
	w := new(Words)
	b, err := builtIn.ReadFile("words/en.json")
	if err == nil {
		err = json.Unmarshal(b, w)
	}
	if err != nil {
		panic(err) // What is embedded was tested.
	}
	return w
})

// freely are the phrases in which each language uses the values that it needs.
var freely = map[string][]string{
	"dates.long":     {"{weekday}", "{day}", "{month}", "{year}"},
	"dates.full":     {"{day}", "{month}", "{year}"},
	"dates.short":    {"{day}", "{month}"},
	"dates.hour":     {"{h}", "{hh}", "{h12}", "{mm}", "{half}"},
	"dates.minute":   {"{h}", "{hh}", "{h12}", "{mm}", "{half}"},
	"dates.one":      {"{h}", "{hh}", "{h12}", "{mm}", "{half}"},
	"dates.today":    {"{time}"},
	"dates.tomorrow": {"{time}"},
	"dates.weekday":  {"{weekday}", "{time}"},
	"dates.date":     {"{date}", "{time}"},
}

var placeholder = regexp.MustCompile(`\{[a-z0-9]+\}`)

// places gives the places for values in each phrase, by its key; a form of a
// plural has the key of the plural, "#" and its own name.
func places(w *Words) map[string][]string {
	found := map[string][]string{}
	for key, phrases := range phrasesOf(reflect.ValueOf(*w), "") {
		found[key] = placeholder.FindAllString(strings.Join(phrases, " "), -1)
	}
	for key, p := range pluralsOf(reflect.ValueOf(*w), "") {
		delete(found, key+".other")
		for form, phrase := range p {
			found[key+"#"+form] = placeholder.FindAllString(phrase, -1)
		}
	}
	found["dates.one"] = placeholder.FindAllString(w.Dates.One, -1)
	return found
}

// pluralsOf gives the plurals of a value by their keys.
func pluralsOf(v reflect.Value, at string) map[string]Plural {
	all := map[string]Plural{}
	for i := range v.NumField() {
		key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if key == "" || key == "-" {
			continue
		}
		key = strings.TrimPrefix(at+"."+key, ".")
		switch f := v.Field(i); f.Kind() {
		case reflect.Struct:
			maps.Copy(all, pluralsOf(f, key))
		case reflect.Map:
			all[key] = f.Interface().(Plural)
		}
	}
	return all
}

// phrasesOf gives the required phrases of a value by their keys; of a plural, the
// form "other".
func phrasesOf(v reflect.Value, at string) map[string][]string {
	all := map[string][]string{}
	for i := range v.NumField() {
		key, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if key == "" || key == "-" || option == "omitempty" {
			continue
		}
		key = strings.TrimPrefix(at+"."+key, ".")
		switch f := v.Field(i); f.Kind() {
		case reflect.Struct:
			maps.Copy(all, phrasesOf(f, key))
		case reflect.Map:
			all[key+".other"] = []string{f.Interface().(Plural)["other"]}
		case reflect.Slice:
			all[key] = f.Interface().([]string)
		case reflect.String:
			all[key] = []string{f.String()}
		}
	}
	return all
}
