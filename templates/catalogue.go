package templates

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// tagOf gives the language that a file of words is named for.
func tagOf(name string) (language.Tag, error) {
	tag, err := language.Parse(strings.TrimSuffix(path.Base(name), ".json"))
	if err != nil {
		return tag, &Error{File: name, Problem: "its name is not a language tag", Hint: `such as "words/pt-BR.json"`}
	}
	return tag, nil
}

// check compares words with the built-in English. No phrase may be missing. Each must
// have a placeholder for all values that it is given, and none for others: without
// one, an address or the date of a link would not be shown. The source is that of the
// file, whose lines the flaws name.
func (w *Words) check(name, source string) error {
	if err := w.checkMissing(name); err != nil {
		return err
	}
	var errs []error
	flaw := func(key, problem, hint string) {
		errs = append(errs, &Error{File: name, Line: lineOf(source, key), Problem: problem, Hint: cmp.Or(hint, allPhrases)})
	}
	for _, day := range w.Dates.WorkingWeek {
		if weekdayNamed(day) < 0 {
			flaw("dates.working_week", fmt.Sprintf("dates.working_week has %q, which is no day", day),
				`days are "monday" to "sunday" in all languages`)
		}
	}
	model, ours := model(), placeholders(w)
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
				flaw(key, plural+" has a form "+form+", which no number has", "forms are zero, one, two, few, many, other")
				continue
			}
		}
		var wrong []string
		for _, p := range must {
			if !slices.Contains(ours[key], p) {
				wrong = append(wrong, "leaves out "+p)
			}
		}
		for _, p := range ours[key] {
			if !slices.Contains(may, p) {
				wrong = append(wrong, "has "+p+", for which there is no value")
			}
		}
		if len(wrong) > 0 {
			flaw(key, strings.Replace(key, "#", ".", 1)+" "+strings.Join(wrong, " and "), "")
		}
	}
	return errors.Join(errs...)
}

// checkMissing says which phrases are missing.
func (w *Words) checkMissing(name string) error {
	var missing []string
	for key, phrases := range phrasesOf(reflect.ValueOf(*w), "") {
		if len(phrases) == 0 || slices.Contains(phrases, "") ||
			key == "dates.months" && len(phrases) != 12 || key == "dates.weekdays" && len(phrases) != 7 {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return &Error{File: name, Problem: "it has no words for " + strings.Join(missing, ", "), Hint: allPhrases}
	}
	return nil
}

// english reads the built-in English, which the other languages are compared with.
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

// model are the placeholders of the built-in English.
var model = sync.OnceValue(func() map[string][]string { return placeholders(english()) })

// freely are the phrases in which a language may leave out values. They may have the
// placeholders that are listed here.
var freely = map[string][]string{
	"dates.long":     {"{weekday}", "{day}", "{month}", "{year}"},
	"dates.day":      {"{weekday}", "{day}", "{month}"},
	"dates.full":     {"{day}", "{month}", "{year}"},
	"dates.short":    {"{day}", "{month}"},
	"dates.month":    {"{month}", "{year}"},
	"dates.hour":     {"{h}", "{hh}", "{h12}", "{mm}", "{half}"},
	"dates.minute":   {"{h}", "{hh}", "{h12}", "{mm}", "{half}"},
	"dates.zero":     {"{h}", "{hh}", "{h12}", "{mm}", "{half}"},
	"dates.one":      {"{h}", "{hh}", "{h12}", "{mm}", "{half}"},
	"dates.today":    {"{time}"},
	"dates.tomorrow": {"{time}"},
	"dates.weekday":  {"{weekday}", "{time}"},
	"dates.date":     {"{date}", "{time}"},
}

// placeholdersIn gives what stands in braces in a phrase: small letters and digits.
func placeholdersIn(phrase string) []string {
	var found []string
	for {
		_, after, ok := strings.Cut(phrase, "{")
		if !ok {
			return found
		}
		phrase = strings.TrimLeft(after, small+"0123456789")
		if name := after[:len(after)-len(phrase)]; name != "" && strings.HasPrefix(phrase, "}") {
			found = append(found, "{"+name+"}")
		}
	}
}

// placeholders gives the placeholders in each phrase, by its key. A form of a plural
// has the key of the plural, then "#" and its own name.
func placeholders(w *Words) map[string][]string {
	found := map[string][]string{}
	for key, phrases := range phrasesOf(reflect.ValueOf(*w), "") {
		found[key] = placeholdersIn(strings.Join(phrases, " "))
	}
	for key, p := range pluralsOf(reflect.ValueOf(*w), "") {
		delete(found, key+".other")
		for form, phrase := range p {
			found[key+"#"+form] = placeholdersIn(phrase)
		}
	}
	found["dates.zero"], found["dates.one"] = placeholdersIn(w.Dates.Zero), placeholdersIn(w.Dates.One)
	return found
}

// pluralsOf gives the plurals in a struct of words, by their keys.
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

// phrasesOf gives the phrases that must be in a struct of words, by their keys. Of a
// plural it is the form "other".
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
