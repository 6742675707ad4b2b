package page

import (
	"slices"
	"strings"
)

// maxTags is how many tags a page may have. It may have twice as many attributes, and
// elements that a parser adds by itself.
const maxTags = 50_000

// limits counts what HTML would cost a parser, tag by tag and without building anything.
type limits struct {
	tags, attributes int
	// open are the elements of style, such as <b>, that are not closed. Where a block
	// closes over them, a parser opens each of them again, with all of its attributes:
	// 400 of them and 40,000 blocks are 16 million elements. again counts those.
	open  []style
	again int
	// read counts the bytes of the tags. Where tags seem to stand in tags, they are read
	// again and again.
	read int
}

// style is an element that a parser opens again.
type style struct {
	name, tag string
	weight    int
}

// tooMuch says whether a text would cost a parser too much. Tags in comments and scripts
// count too, so that no text can hide any.
func tooMuch(text string) bool {
	var l limits
	most := 8 * max(len(text), 2*maxTags)
	for {
		_, after, ok := strings.Cut(text, "<")
		if !ok {
			return false
		}
		text = after
		tag, attributes := tagOf(text)
		l.tags++
		l.attributes += attributes
		l.read += len(tag)
		l.add(tag, attributes)
		if l.read > most || l.tags > maxTags || l.attributes > 2*maxTags || l.again > 2*maxTags {
			return true
		}
	}
}

// add counts a tag that stands after "<".
func (l *limits) add(tag string, attributes int) {
	name, ends := strings.CutPrefix(tag, "/")
	if end := strings.IndexAny(name, " \t\r\n\f/>"); end >= 0 {
		name = name[:end]
	}
	name = strings.ToLower(name)
	switch name {
	case "", "br", "img", "wbr", "input":
	case "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u":
		if ends {
			for i, s := range slices.Backward(l.open) {
				if s.name == name {
					l.open = slices.Delete(l.open, i, i+1)
					break
				}
			}
			// It may stand across blocks, which are given elements of their own then.
			l.again += min(len(l.open), 8)
			return
		}
		same := 0
		for _, s := range l.open {
			if s.tag == tag || s.name == "a" && name == "a" {
				same++
			}
		}
		// A parser keeps three that are the same, and one link.
		if same < 3 && (same == 0 || name != "a") {
			l.open = append(l.open, style{name, tag, 1 + attributes})
		}
	default:
		for _, s := range l.open {
			l.again += s.weight
		}
	}
}

// tagOf gives the tag that a text begins with, after its "<", and counts its attributes as
// a parser reads them.
func tagOf(text string) (string, int) {
	const space = " \t\r\n\f"
	rest := text
	skip := func(set string) { rest = strings.TrimLeft(rest, set) }
	to := func(set string) {
		if end := strings.IndexAny(rest, set); end >= 0 {
			rest = rest[end:]
		} else {
			rest = ""
		}
	}
	attributes := 0
	for to(space + "/>"); ; {
		skip(space + "/")
		if rest == "" || rest[0] == '>' {
			return text[:len(text)-len(rest)], attributes
		}
		attributes++
		if rest = rest[1:]; rest != "" {
			to(space + "/=>")
		}
		if skip(space); !strings.HasPrefix(rest, "=") {
			continue
		}
		rest = rest[1:]
		skip(space)
		switch {
		case rest == "":
		case rest[0] == '"' || rest[0] == '\'':
			quote := rest[:1]
			rest = rest[1:]
			to(quote)
			rest = strings.TrimPrefix(rest, quote)
		default:
			to(space + ">")
		}
	}
}
