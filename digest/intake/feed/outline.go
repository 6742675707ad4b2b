package feed

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// outline is what a look over the tags of a text tells, before it is parsed.
type outline struct {
	// root is where the feed's own element begins, -1 if there is none: some programs
	// wrap it in a page. first is the name of the first element of all.
	root  int
	first string
	// items counts the elements that are stories. cut is where the one after the last
	// that is taken begins, 0 if there is none, and open are the names of those
	// elements that are open there, the outermost first.
	items, cut int
	open       []string
}

// outlineOf looks over the tags of a text, in one pass and without building anything,
// and refuses what would cost a parser too much.
func outlineOf(text []byte) (outline, error) {
	o := outline{root: -1}
	var open []string
	tokens, above := 0, 0
	for i := 0; ; {
		next := bytes.IndexByte(text[i:], '<')
		if next < 0 {
			return o, o.err()
		}
		i += next
		if n := skip(text[i:]); n > 0 {
			i += n
			continue
		}
		end, ok := tagEnd(text[i:])
		switch {
		case end > maxTag:
			return o, ErrLongTag
		case !ok:
			return o, o.err()
		}
		tag := text[i : i+end]
		name := tagName(tag)
		if name == "" {
			i++
			continue
		}
		// Attributes cost as much as elements.
		if tokens += 1 + attributes(tag); tokens > maxTokens {
			return o, ErrTooMany
		}
		switch {
		case tag[1] == '/':
			open = closed(open, name)
		default:
			local := localName(name)
			if o.first == "" {
				o.first = local
			}
			if o.root < 0 && isRoot(local) {
				o.root, above = i, len(open)
			}
			if o.root >= 0 && isItem(local) && len(open)-above <= 2 {
				if o.items++; o.items == MaxItems+1 {
					o.cut, o.open = i, slices.Clone(open[above:])
				}
			}
			if tag[end-2] != '/' {
				if open = append(open, name); len(open) > maxDepth {
					return o, ErrTooDeep
				}
			}
		}
		i += end
	}
}

func (o outline) err() error {
	switch {
	case o.root >= 0:
		return nil
	case o.first == "":
		return ErrNoFeed
	}
	return fmt.Errorf("%w, but <%.20s>", ErrNoFeed, strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '?'
		}
		return r
	}, o.first))
}

// attributes counts what may be attributes of a tag: some have no value, and between some
// there is no space.
func attributes(tag []byte) int {
	spaces, equals, quote := 0, 0, byte(0)
	for _, c := range tag {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '=':
			equals++
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			spaces++
		}
	}
	return max(spaces, equals)
}

func isRoot(name string) bool { return name == "rss" || name == "rdf" || name == "feed" }

func isItem(name string) bool { return name == "item" || name == "entry" }

// closed gives what is open after an end tag. One that closes nothing is ignored, and
// what was not closed within it is closed with it.
func closed(open []string, name string) []string {
	for n := len(open) - 1; n >= 0; n-- {
		if open[n] == name {
			return open[:n]
		}
	}
	return open
}

// skip gives the length of a comment, a CDATA section or an instruction that a text
// begins with, 0 if it begins with none.
func skip(text []byte) int {
	for _, kind := range [...][2]string{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}} {
		if bytes.HasPrefix(text, []byte(kind[0])) {
			if end := bytes.Index(text, []byte(kind[1])); end >= 0 {
				return end + len(kind[1])
			}
			return len(text)
		}
	}
	if bytes.HasPrefix(text, []byte("<!")) {
		return doctype(text)
	}
	return 0
}

// doctype gives the length of a document type, with what stands in its brackets.
func doctype(text []byte) int {
	deep := 0
	for i, c := range text {
		switch c {
		case '<', '[':
			deep++
		case '>', ']':
			if deep--; deep == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// tagEnd gives the length of the tag that a text begins with, and whether it ends.
func tagEnd(text []byte) (int, bool) {
	quote := byte(0)
	for i, c := range text {
		switch {
		case i > maxTag:
			return i, false
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1, true
		}
	}
	return len(text), false
}

// tagName gives the name of a tag, empty if what follows "<" is none.
func tagName(tag []byte) string {
	name := bytes.TrimPrefix(tag[1:], []byte("/"))
	if end := bytes.IndexAny(name, " \t\r\n/>"); end >= 0 {
		name = name[:end]
	}
	if len(name) == 0 || !letter(name[0]) {
		return ""
	}
	return string(name)
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c >= 0x80 }

func localName(name string) string {
	return strings.ToLower(name[strings.LastIndexByte(name, ':')+1:])
}
