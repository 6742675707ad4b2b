package config

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"vesper/digest"
)

// decode reads the text strictly: a key that the configuration does not have is a
// flaw. It says whether the text could be read.
func (c *Config) decode(text string, r *Report) bool {
	if f := r.brackets(); f != nil {
		r.Add(f)
		return false
	}
	// A table of these arrays has defaults too, and starts from those.
	raw := struct {
		*Config
		Edition []toml.Primitive `toml:"edition"`
		Relay   []toml.Primitive `toml:"relay"`
	}{Config: c}
	meta, err := toml.Decode(text, &raw)
	if err == nil {
		c.Edition, err = decodeTables(meta, raw.Edition, DefaultEdition)
	}
	if err == nil {
		c.Relay, err = decodeTables(meta, raw.Relay, DefaultRelay)
	}
	if err != nil {
		r.Add(hushed(r.parseFlaw(err), text))
		return false
	}
	r.unknownKeys(meta)
	if len(c.Edition) == 0 {
		c.Edition = []Edition{DefaultEdition()}
	}
	return true
}

func decodeTables[T any](meta toml.MetaData, raw []toml.Primitive, start func() T) ([]T, error) {
	var tables []T
	for _, p := range raw {
		t := start()
		if err := meta.PrimitiveDecode(p, &t); err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// unknownKeys reports the keys of the file that the configuration does not have:
// of a section that it does not have the first one alone.
func (r *Report) unknownKeys(meta toml.MetaData) {
	all := sections()
	for _, key := range meta.Undecoded() {
		if len(r.flaws) > 0 && len(key) > 1 && len(all[key[0]]) == 0 {
			continue
		}
		r.Add(r.unknownKey(key))
	}
	// The parser takes a key in any case of letters; we do not.
	for _, key := range meta.Keys() {
		if len(key) == 3 && len(all[key[0]+"."+key[1]]) > 0 {
			key = toml.Key{key[0] + "." + key[1], key[2]}
		}
		keys := all[key[0]]
		if len(key) == 2 && len(all[key.String()]) > 0 {
			continue
		}
		if len(r.flaws) == 0 && len(key) == 2 && len(keys) > 0 && !slices.Contains(keys, key[1]) {
			r.Add(r.unknownKey(key))
		}
	}
}

// typeError is how the parser words a value of the wrong type where it does not
// give a toml.ParseError.
var typeError = regexp.MustCompile(`^toml: line (\d+) \(last key "([^"]+)"\): ` +
	`(?:incompatible types: TOML value has type (\S+); destination has type (\w+)|(.*))`)

// typeNames are the parser's names of types where they are Go's, and not TOML's.
var typeNames = map[string]string{
	"int64": "integer", "float64": "float", "bool": "boolean", "slice": "list", "[]any": "list",
	"map[string]any": "table", "[]map[string]any": "list", "map": "table", "time.Time": "date", "primitive": "string",
}

const textHint = "text is written between quotation marks; numbers, true and false are not"

// parseFlaw makes a flaw of the parser's error.
func (r *Report) parseFlaw(err error) *digest.Flaw {
	f := &digest.Flaw{
		File: r.file, Problem: strings.TrimPrefix(firstLine(err.Error()), "toml: "),
		Hint: textHint,
	}
	var parse toml.ParseError
	if errors.As(err, &parse) && parse.Message != "" {
		f.Line, f.Problem = parse.Position.Line, firstLine(parse.Message)
		if parse.LastKey != "" {
			f.Problem = parse.LastKey + ": " + f.Problem
			f.Hint = hintOfValue(parse.LastKey, f.Problem)
		}
		if strings.Contains(f.Problem, "UTF-") {
			f.Hint = "save it as plain text in UTF-8"
		}
	} else if m := typeError.FindStringSubmatch(err.Error()); m != nil {
		f.Line, _ = strconv.Atoi(m[1])
		f.Problem = m[2] + ": " + firstLine(m[5])
		f.Hint = hintOfValue(m[2], f.Problem)
		if m[3] != "" {
			is, wants := cmp.Or(typeNames[m[3]], m[3]), cmp.Or(typeNames[m[4]], m[4])
			f.Problem, f.Hint = fmt.Sprintf("%s is of type %s, not %s", m[2], is, wants), hintOfType(m[2], wants)
		}
	}
	return f
}

// hintOfValue says how the value of a key is written that has a form of its own.
func hintOfValue(key, problem string) string {
	switch key[strings.LastIndexByte(key, '.')+1:] {
	case "quick_looks":
		return `a number from 1 to 100, or "all"`
	case "mail_to":
		return `such as "ops@news.example" or ["ops@news.example", "desk@news.example"]`
	}
	if strings.Contains(problem, "duration") {
		return `a number and its unit, such as "90m", "4h" or "14d"`
	}
	return textHint
}

// hintOfType says how a value of the type is written that a key wants.
func hintOfType(key, wants string) string {
	switch wants {
	case "integer":
		return "a whole number, without quotation marks"
	case "boolean":
		return "true or false, without quotation marks"
	case "list":
		return `a list is written in brackets: ["one", "another"]; one value too: ["one"]`
	}
	return hintOfValue(key, "")
}

// isSecret says whether a key's value is one that is not to be shown.
func isSecret(key string) bool {
	key = strings.ToLower(strings.TrimSpace(key))
	key = strings.Trim(key[strings.LastIndexByte(key, '.')+1:], `"'`)
	return strings.Contains(key, "password") || key == "secret" || key == "key" || key == "webhook" || key == "heartbeat"
}

// hushed takes what a parser says of a secret's value out of a flaw.
func hushed(f *digest.Flaw, text string) *digest.Flaw {
	lines := strings.Split(text, "\n")
	if f.Line > 0 && f.Line <= len(lines) {
		name, _, assigns := strings.Cut(lines[f.Line-1], "=")
		if assigns && isSecret(name) {
			f.Problem = strings.TrimSpace(name) + ": its value can't be read"
		}
	}
	// The last key may stand some lines above, before a text of several lines.
	if name, _, ok := strings.Cut(f.Problem, ":"); ok && isSecret(name) {
		f.Problem = name + ": its value can't be read"
		f.Hint = fmt.Sprintf(`between quotation marks, with \" for one within: %s = "…"`,
			name[strings.LastIndexByte(name, '.')+1:])
	}
	return f
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
