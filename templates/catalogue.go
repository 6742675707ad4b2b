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

// check says what is missing. A list that is too short counts as missing.
func (w *Words) check(name string) error {
	const hint = `words/en.json, which "vesper templates dump" writes, has all of them`
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
	return nil
}

var placeholder = regexp.MustCompile(`\{[a-z0-9]+\}`)

// compare holds the places for values to those of the English phrases: one that
// is left out would leave out an address or a link's date. How a language says
// numbers and dates is its own affair.
func (w *Words) compare(name string, english *Words) error {
	model := phrasesOf(reflect.ValueOf(*english), "")
	ours := phrasesOf(reflect.ValueOf(*w), "")
	for _, key := range slices.Sorted(maps.Keys(model)) {
		if strings.HasPrefix(key, "dates.") || strings.HasSuffix(key, ".other") {
			continue
		}
		want, got := places(model[key]), places(ours[key])
		for _, p := range want {
			if !slices.Contains(got, p) {
				return &Error{File: name, Problem: key + " leaves out " + p}
			}
		}
		for _, p := range got {
			if !slices.Contains(want, p) {
				return &Error{File: name, Problem: key + " has " + p + ", for which there is no value"}
			}
		}
	}
	return nil
}

func places(phrases []string) []string {
	return placeholder.FindAllString(strings.Join(phrases, " "), -1)
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
