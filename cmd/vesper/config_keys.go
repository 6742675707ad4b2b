package main

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"vesper/digest"
)

// keyLines tells on which line of a TOML file a key stands. A key of the n-th
// table of an array, n from 0, is "relay.n.host"; the tables themselves are in
// it too. The parser keeps no positions, so this is a look at the lines: what
// it misses (keys in inline tables, for instance) is reported without a line.
type keyLines map[string]int

var (
	tableLine = regexp.MustCompile(`^\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]\]?`)
	keyLine   = regexp.MustCompile(`^\s*([A-Za-z0-9_-]+)\s*=`)
)

func findKeys(text string) keyLines {
	lines, table, seen := keyLines{}, "", map[string]int{}
	inString := ""
	for i, line := range strings.Split(text, "\n") {
		if inString != "" {
			if strings.Contains(line, inString) {
				inString = ""
			}
			continue
		}
		if m := tableLine.FindStringSubmatch(line); m != nil {
			table = m[2]
			if m[1] == "[[" {
				table = fmt.Sprintf("%s.%d", m[2], seen[m[2]])
				seen[m[2]]++
			}
			lines.add(table, i+1)
		} else if m := keyLine.FindStringSubmatch(line); m != nil {
			lines.add(strings.TrimPrefix(table+"."+m[1], "."), i+1)
			for _, quote := range []string{`"""`, `'''`} {
				if strings.Count(line, quote) == 1 {
					inString = quote
				}
			}
		}
	}
	return lines
}

func (l keyLines) add(key string, line int) {
	if _, ok := l[key]; !ok {
		l[key] = line
	}
}

// of gives the line of a key or, where it is left out, of its table.
func (l keyLines) of(key string) int {
	for {
		if line, ok := l[key]; ok {
			return line
		}
		dot := strings.LastIndexByte(key, '.')
		if dot < 0 {
			return 0
		}
		key = key[:dot]
	}
}

// anyOf gives the first line on which one of an array's tables has the key.
func (l keyLines) anyOf(table, key string) int {
	first := 0
	for name, line := range l {
		t, k, _ := strings.Cut(name, ".")
		if t == table && (k == key || strings.HasSuffix(k, "."+key)) && (first == 0 || line < first) {
			first = line
		}
	}
	return first
}

// sections gives the keys of each section, by the toml names of the config.
func sections() map[string][]string {
	all := map[string][]string{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[config]()) {
		name := f.Tag.Get("toml")
		if name == "" {
			continue
		}
		t := f.Type
		if t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		for _, k := range reflect.VisibleFields(t) {
			all[name] = append(all[name], k.Tag.Get("toml"))
		}
	}
	return all
}

func knownSection(name string) bool { return len(sections()[name]) > 0 }

// unknownKey says that a key is not one of ours, and which one it may mean.
func (c *config) unknownKey(key toml.Key) *digest.Flaw {
	all, f := sections(), &digest.Flaw{File: c.file}
	if keys, ok := all[key[0]]; ok && len(key) > 1 {
		f.Line = c.lines.anyOf(key[0], key[1])
		f.Problem = fmt.Sprintf("unknown key %q in [%s]", key[1], key[0])
		f.Hint = hintAt(key[1], keys, all)
		return f
	}
	names := slices.Sorted(maps.Keys(all))
	f.Line = c.lines.anyOf(key[0], "")
	if f.Line == 0 {
		f.Line = c.lines.of(key[0])
	}
	f.Problem = fmt.Sprintf("unknown section or key %q", key[0])
	if near := nearest(key[0], names); near != "" {
		f.Hint = fmt.Sprintf("did you mean [%s]?", near)
	}
	return f
}

// hintAt says where a key belongs that its section has not.
func hintAt(key string, keys []string, all map[string][]string) string {
	for _, section := range slices.Sorted(maps.Keys(all)) {
		if slices.Contains(all[section], key) {
			return fmt.Sprintf("%q stands in [%s]", key, section)
		}
	}
	if near := nearest(key, keys); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

// nearest gives the word that a mistyped one most likely means, or "".
func nearest(word string, words []string) string {
	words = slices.Clone(words)
	slices.SortFunc(words, func(a, b string) int {
		return cmp.Or(cmp.Compare(digest.Distance(word, a), digest.Distance(word, b)), cmp.Compare(a, b))
	})
	if len(words) == 0 || digest.Distance(word, words[0]) > max(2, len(word)/2) {
		return ""
	}
	return words[0]
}
