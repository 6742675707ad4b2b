package templates

import (
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// layer is a file of words. What it says stands in place of what the layers below it say.
type layer struct {
	name, source string
	// own says that it is from the folder.
	own bool
}

// wordFiles are files of words by their languages.
type wordFiles map[language.Tag]layer

// layers gives the files that make up a language, the lowest first: the built-in file, or
// that of the nearest language above it, then those of the folder. So a file of the folder
// holds no more than the phrases that are its own, and "de-CH" goes on from "de".
func layers(tag language.Tag, builtIn, own wordFiles) []layer {
	var all []layer
	for t := tag; t != language.Und; t = t.Parent() {
		for _, files := range []wordFiles{own, builtIn} {
			if l, ok := files[t]; ok {
				all = append(all, l)
			}
		}
	}
	slices.Reverse(all)
	return all
}

// readWords reads the words of a language from its layers, key by key. A plural and a list
// are one key each. All phrases must be there at the end: otherwise half of a page would be
// in another language.
func readWords(tag language.Tag, layers ...layer) (*Words, error) {
	w := &Words{Language: tag.String(), tag: tag}
	for i, l := range layers {
		if err := w.merge(l); err != nil {
			return nil, err
		}
		if !l.own && i < len(layers)-1 {
			continue // What is embedded was tested.
		}
		if err := w.check(l.name, l.source); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// allPhrases is a hint.
const allPhrases = `words/en.json, which "vesper templates dump" writes, has all of them`

var unknownField = regexp.MustCompile(`^json: unknown field ("[^"]*")$`)

// merge puts the phrases of a file in place of those that are there.
func (w *Words) merge(l layer) error {
	d := json.NewDecoder(strings.NewReader(l.source))
	d.DisallowUnknownFields()
	if err := d.Decode(w); err != nil {
		return notWords(l, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		line := lineAt(l.source, d.InputOffset())
		return &Error{File: l.name, Line: line, Problem: "there is something after the end"}
	}
	return nil
}

// notWords says in one line why a file can't be read.
func notWords(l layer, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	e := &Error{File: l.name, Problem: strings.TrimPrefix(err.Error(), "json: ")}
	unknown := unknownField.FindStringSubmatch(err.Error())
	switch {
	case unknown != nil:
		e.Problem, e.Hint = "there is no phrase "+unknown[1], allPhrases
		if i := strings.Index(l.source, unknown[1]); i >= 0 {
			e.Line = lineAt(l.source, int64(i))
		}
	case errors.As(err, &syntax):
		e.Line = lineAt(l.source, syntax.Offset)
	case errors.As(err, &kind):
		e.Line, e.Problem = lineAt(l.source, kind.Offset), kind.Field+" can't be a "+kind.Value
		if kind.Field == "" {
			e.Problem = "a file of words is an object, between { and }"
		}
		e.Hint = `words/en.json, which "vesper templates dump" writes, shows its form`
	case errors.Is(err, io.EOF):
		e.Problem = "the file is empty"
	case errors.Is(err, io.ErrUnexpectedEOF):
		e.Line = lineAt(l.source, int64(len(l.source)))
	}
	return e
}

// lineOf gives the line of a phrase such as "edition.why" or "edition.stories#one", 0 if it
// is not in this source.
func lineOf(source, key string) int {
	at := 0
	for _, part := range strings.FieldsFunc(key, func(r rune) bool { return r == '.' || r == '#' }) {
		i := strings.Index(source[at:], `"`+part+`"`)
		if i < 0 {
			return 0
		}
		at += i
	}
	return lineAt(source, int64(at))
}
