package config

import (
	"fmt"
	"reflect"
	"slices"
)

// Changed names the keys whose values differ between two configurations, such as
// "edition.0.schedule", in the order of the alphabet. A table that only one of them has is
// named as a whole. Values are not told: some are secrets.
func Changed(a, b *Config) []string {
	var all []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		section := f.Tag.Get("toml")
		if section == "" {
			continue
		}
		x, y := reflect.ValueOf(a).Elem().FieldByIndex(f.Index), reflect.ValueOf(b).Elem().FieldByIndex(f.Index)
		if f.Type.Kind() != reflect.Slice {
			all = append(all, changedIn(section, x, y)...)
			continue
		}
		for i := range max(x.Len(), y.Len()) {
			name := fmt.Sprintf("%s.%d", section, i)
			if i >= x.Len() || i >= y.Len() {
				all = append(all, name)
				continue
			}
			all = append(all, changedIn(name, x.Index(i), y.Index(i))...)
		}
	}
	slices.Sort(all)
	return all
}

// changedIn names the keys of a table whose values differ.
func changedIn(table string, x, y reflect.Value) []string {
	var all []string
	for _, f := range reflect.VisibleFields(x.Type()) {
		key := f.Tag.Get("toml")
		if key != "" && !reflect.DeepEqual(x.FieldByIndex(f.Index).Interface(), y.FieldByIndex(f.Index).Interface()) {
			all = append(all, table+"."+key)
		}
	}
	return all
}
