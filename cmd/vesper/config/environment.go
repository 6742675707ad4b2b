package config

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"vesper/digest"
)

// setFrom sets the keys that have a value in the environment: publication.name is
// VESPER_PUBLICATION_NAME. In arrays of tables the first one has no number
// (VESPER_RELAY_HOST), the next ones do (VESPER_RELAY_2_HOST).
func (c *Config) setFrom(env func(string) string, r *Report) {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		section := f.Tag.Get("toml")
		if section == "" {
			continue
		}
		v, name := reflect.ValueOf(c).Elem().FieldByIndex(f.Index), "VESPER_"+strings.ToUpper(section)
		if f.Type.Kind() != reflect.Slice {
			setTable(v, name, section, env, r)
			continue
		}
		for i := 0; ; i++ {
			numbered := name
			if i > 0 {
				numbered = fmt.Sprintf("%s_%d", name, i+1)
			}
			if i == v.Len() {
				if !anySet(f.Type.Elem(), numbered, env) {
					break
				}
				v.Set(reflect.Append(v, newTable(section, f.Type.Elem())))
			}
			setTable(v.Index(i), numbered, fmt.Sprintf("%s.%d", section, i), env, r)
		}
	}
}

// newTable gives a table of an array with its defaults.
func newTable(section string, t reflect.Type) reflect.Value {
	switch section {
	case "edition":
		return reflect.ValueOf(DefaultEdition())
	case "relay":
		return reflect.ValueOf(DefaultRelay())
	}
	return reflect.Zero(t)
}

func anySet(t reflect.Type, name string, env func(string) string) bool {
	for _, f := range reflect.VisibleFields(t) {
		if env(name+"_"+strings.ToUpper(f.Tag.Get("toml"))) != "" {
			return true
		}
	}
	return false
}

// setTable sets the keys of a table, whose variables begin with name, and notes which.
func setTable(table reflect.Value, name, section string, env func(string) string, r *Report) {
	for _, f := range reflect.VisibleFields(table.Type()) {
		key := name + "_" + strings.ToUpper(f.Tag.Get("toml"))
		if f.Type.Kind() == reflect.Struct {
			setTable(table.FieldByIndex(f.Index), key, section+"."+f.Tag.Get("toml"), env, r)
			continue
		}
		text := env(key)
		if text == "" {
			continue
		}
		if err := setValue(table.FieldByIndex(f.Index), f.Tag.Get("toml"), text); err != nil {
			r.Add(&digest.Flaw{File: "environment", Problem: fmt.Sprintf("%s: %s", key, err)})
			continue
		}
		if r.set == nil {
			r.set = map[string]string{}
		}
		r.set[section+"."+f.Tag.Get("toml")] = key
	}
}

// others are variables of ours that set no key.
var others = []string{"VESPER_CONFIG", "VESPER_SHOTS", "VESPER_NOW"}

// Misspelt warns of variables of the environment, given as NAME=VALUE, that look like
// ours and set no key.
func Misspelt(environ []string) Check {
	return func(c *Config, r *Report) {
		for _, one := range environ {
			name, value, _ := strings.Cut(one, "=")
			if !strings.HasPrefix(name, "VESPER_") || value == "" || slices.Contains(others, name) || r.sets(name) {
				continue
			}
			hint := `publication.name is VESPER_PUBLICATION_NAME, and so for every key`
			if near := digest.Nearest(name, variables()); near != "" {
				hint = fmt.Sprintf("did you mean %s?", near)
			}
			r.warnings = append(r.warnings, &digest.Flaw{
				File: "environment", Problem: name + " is not the name of a key, and is not used", Hint: hint,
			})
		}
	}
}

// sets says whether a variable has set a key, or was to.
func (r *Report) sets(name string) bool {
	for _, variable := range r.set {
		if variable == name {
			return true
		}
	}
	return slices.Contains(variables(), name)
}

// variables are the names that keys have in the environment, of arrays those of the
// first table.
func variables() []string {
	var all []string
	for section, keys := range sections() {
		for _, key := range keys {
			all = append(all, "VESPER_"+strings.ToUpper(strings.ReplaceAll(section, ".", "_")+"_"+key))
		}
	}
	return all
}

// prose are the lists whose words may have spaces in them: in the environment only commas part those.
var prose = []string{"sections", "include", "exclude"}

// listOf gives the words of a list, between commas or spaces.
func listOf(key, text string) []string {
	if !slices.Contains(prose, key) {
		return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	}
	var all []string
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			all = append(all, word)
		}
	}
	return all
}

// setValue sets a key to what a text says.
func setValue(v reflect.Value, key, text string) error {
	if t, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return t.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a number", text)
		}
		v.SetInt(int64(n))
	case reflect.Float64:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%q is not a number", text)
		}
		v.SetFloat(x)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		v.SetBool(text == "true")
	case reflect.Slice:
		v.Set(reflect.ValueOf(listOf(key, text)))
	default:
		return fmt.Errorf("cannot be set from the environment")
	}
	return nil
}
