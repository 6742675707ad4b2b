package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/BurntSushi/toml"

	"vesper/digest"
)

// sections gives the keys of each section, by the toml names of [Config].
func sections() map[string][]string {
	all := map[string][]string{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		name := f.Tag.Get("toml")
		if name == "" {
			continue
		}
		t := f.Type
		if t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		addKeys(all, name, t)
	}
	return all
}

// addKeys adds the keys of a table, and of the tables in it.
func addKeys(all map[string][]string, name string, t reflect.Type) {
	for _, k := range reflect.VisibleFields(t) {
		key := k.Tag.Get("toml")
		if k.Type.Kind() == reflect.Struct {
			addKeys(all, name+"."+key, k.Type)
			continue
		}
		all[name] = append(all[name], key)
	}
}

// brackets finds a table in one pair of brackets of which there may be several, or the
// other way round.
func (r *Report) brackets() *digest.Flaw {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		name, several := f.Tag.Get("toml"), f.Type.Kind() == reflect.Slice
		one, first := r.lines[name], r.lines[name+".0"]
		switch {
		case name == "":
		case several && one > 0:
			return &digest.Flaw{
				File: r.file, Line: one, Problem: fmt.Sprintf("[%s] is in single brackets", name),
				Hint: fmt.Sprintf("there may be several: write [[%s]]", name),
			}
		case !several && first > 0:
			return &digest.Flaw{
				File: r.file, Line: first, Problem: fmt.Sprintf("[[%s]] is in double brackets", name),
				Hint: fmt.Sprintf("there is only one: write [%s]", name),
			}
		}
	}
	return nil
}

// unknownKey says that a key is not one of ours, and which one it may mean.
func (r *Report) unknownKey(key toml.Key) *digest.Flaw {
	all, f := sections(), &digest.Flaw{File: r.file}
	if len(key) > 1 {
		// A table in a table is a section of its own.
		if inner := key[0] + "." + key[1]; len(all[inner]) > 0 {
			key = append(toml.Key{inner}, key[2:]...)
		}
	}
	if keys, ok := all[key[0]]; ok && len(key) > 1 {
		if f.Line = r.lines[key[0]+"."+key[1]]; f.Line == 0 {
			f.Line = r.lines.anyOf(key[0], key[1])
		}
		f.Problem = fmt.Sprintf("unknown key %q in [%s]", key[1], key[0])
		f.Hint = hintAt(key[1], keys, all)
		return f
	}
	f.Line = r.lines.anyOf(key[0], "")
	if f.Line == 0 {
		f.Line = r.lines.of(key[0])
	}
	f.Problem = fmt.Sprintf("unknown section or key %q", key[0])
	if near := digest.Nearest(key[0], slices.Sorted(maps.Keys(all))); near != "" {
		f.Hint = fmt.Sprintf("did you mean [%s]?", near)
	}
	return f
}

// hintAt says where a key belongs that its section has not.
func hintAt(key string, keys []string, all map[string][]string) string {
	for _, section := range slices.Sorted(maps.Keys(all)) {
		if slices.Contains(all[section], key) {
			return fmt.Sprintf("%q belongs into [%s]", key, section)
		}
	}
	if near := digest.Nearest(key, keys); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}
