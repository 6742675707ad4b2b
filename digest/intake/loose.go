package intake

import (
	"fmt"
	"slices"
	"strings"

	"vesper/digest"
)

// otherSeparators are those that are taken loosely for the backslash.
var otherSeparators = []string{"|", "/", "—", "–"}

const separatorHint = `write it as: headline \ source \ dateline \ byline \ edition label \ summary; ` +
	"the place of what is missing stays empty"

// looseFields reads a first line that does not have six fields: divided by another
// separator, or with a field missing. It gives the six fields; fewer or more, as they
// stand, if it can't be read so; and nil if it noted a flaw.
func (h *house) looseFields(first line, written []string) []string {
	var found []way
	doubt, most := "", written
	separators := []string{backslash}
	if len(written) == 1 {
		separators = otherSeparators // one kind in a line, and no text has the backslash alone
	}
	for _, separator := range separators {
		parts := fields(first.text, separator)
		if len(parts) > len(most) {
			most = parts
		}
		w := way{separator: separator, parts: parts}
		if why := h.place(&w); why != "" {
			doubt = why
		} else if len(w.six) == 6 {
			found = append(found, w)
		}
	}
	switch {
	case len(found) > 1:
		h.flaw(first.number, fmt.Sprintf("%q and %q could both be the separator", found[0].separator, found[1].separator),
			separatorHint)
		return nil
	case len(found) == 1:
		h.tell(first, found[0])
		return found[0].six
	case doubt != "":
		h.flaw(first.number, doubt, separatorHint)
		return nil
	}
	return most
}

// dividedOtherwise says whether a line is the first line in another form, and no key with a
// value.
func (h *house) dividedOtherwise(s string) bool {
	return !h.Strict && slices.ContainsFunc(otherSeparators, func(separator string) bool {
		return len(fields(s, separator)) >= 4
	})
}

// way is one way to divide the first line.
type way struct {
	separator string
	parts     []string
	// six are the fields, if it can be read in this way, and missing names those that
	// were left out.
	six     []string
	missing []string
}

// tell says how the first line was read.
func (h *house) tell(first line, w way) {
	if w.separator != backslash {
		h.loosely(first.number, fmt.Sprintf(`%q instead of "\" between the fields`, w.separator), separatorHint)
	}
	if len(w.missing) > 0 {
		var taken []string
		for i, name := range fieldNames {
			if w.six[i] != "" && i > 0 {
				taken = append(taken, fmt.Sprintf("%s %q", name, cut(w.six[i], 30)))
			}
		}
		h.loosely(first.number, fmt.Sprintf("%s instead of 6, without %s: taken as %s", fieldCount(len(w.parts)),
			strings.Join(w.missing, ", "), strings.Join(taken, ", ")), separatorHint)
	}
}

var fieldNames = [...]string{"headline", "source", "dateline", "byline", "edition label", "summary"}

// place finds the fields that the parts are. If it knows why it can't, it says so.
func (h *house) place(w *way) (doubt string) {
	n := len(w.parts)
	if n < 2 || n > 6 || w.separator == backslash && n == 6 {
		return ""
	}
	own := strings.EqualFold(w.parts[1], plainSpaces(h.Publication)) && h.Publication != ""
	// Of the other separators, only this one does not stand in texts.
	safe := w.separator == "|" || w.separator == backslash
	label := -1
	for i, part := range w.parts {
		switch {
		case i < 2 || !h.isEdition(part):
		case label >= 0:
			return fmt.Sprintf("%.40q and %.40q could both be the edition label", w.parts[label], part)
		default:
			label = i
		}
	}
	if n == 6 {
		return h.placeSix(w, own, safe, label)
	}
	if !own {
		return ""
	}
	if label < 0 && !safe {
		return fmt.Sprintf("%q may be the text's own, since no field is the title of an edition", w.separator)
	}
	names, summary := w.parts[2:], ""
	if label >= 0 {
		names = w.parts[2:label]
		if after := w.parts[label+1:]; len(after) > 1 {
			return fmt.Sprintf("%d fields are after the edition label %.40q", len(after), w.parts[label])
		} else if len(after) == 1 {
			summary = after[0]
		}
	} else if len(names) > 0 && isSentence(names[len(names)-1]) {
		names, summary = names[:len(names)-1], names[len(names)-1]
	} else if len(names) > 0 {
		return ""
	}
	return h.fill(w, names, label, summary)
}

// placeSix takes six parts, if the source and the edition label don't contradict. Where the
// separator stands in texts, they must agree.
func (h *house) placeSix(w *way, own, safe bool, label int) (doubt string) {
	switch {
	case label >= 0 && label != 4:
		return fmt.Sprintf("%.40q is where the %s belongs", w.parts[label], fieldNames[label])
	case safe:
	case !own:
		return fmt.Sprintf("%q may be the text's own: the second field, %.40q, is not the publication's name",
			w.separator, w.parts[1])
	case label < 0:
		return fmt.Sprintf("%q may be the text's own: the fifth field, %.40q, is not the title of an edition",
			w.separator, w.parts[4])
	}
	for i, part := range w.parts {
		if i != 1 && !own && h.Publication != "" && strings.EqualFold(part, plainSpaces(h.Publication)) {
			return fmt.Sprintf("%.40q is where the %s belongs", part, fieldNames[i])
		}
	}
	w.six = w.parts
	return ""
}

// fill gives a way its six fields. Names are what stands between the source and the label,
// or the summary if there is no label.
func (h *house) fill(w *way, names []string, label int, summary string) (doubt string) {
	if len(names) > 2 {
		return fmt.Sprintf("%d fields are where the dateline and the byline belong", len(names))
	}
	dateline, byline, doubt := h.namesOf(names, label >= 0)
	if doubt != "" {
		return doubt
	}
	w.six = []string{w.parts[0], w.parts[1], dateline, byline, "", summary}
	if label >= 0 {
		w.six[4] = w.parts[label]
	}
	for i, name := range fieldNames {
		if w.six[i] == "" {
			w.missing = append(w.missing, name)
		}
	}
	return ""
}

// namesOf tells the dateline and the byline. If they don't end at the edition label, an
// empty field or a name may stand for the label too.
func (h *house) namesOf(names []string, toLabel bool) (dateline, byline, doubt string) {
	for _, name := range names {
		switch {
		case isSentence(name):
			return "", "", fmt.Sprintf("%.40q is where the dateline and the byline belong", name)
		case !toLabel && h.almostEdition(name):
			return "", "", fmt.Sprintf("%.40q is not the title of an edition", name)
		}
	}
	if toLabel && len(names) == 2 {
		return names[0], names[1], ""
	}
	filled := slices.DeleteFunc(slices.Clone(names), func(s string) bool { return s == "" })
	switch len(filled) {
	case 0:
		return "", "", ""
	case 2:
		if isPerson(filled[1], h.Publication) {
			return filled[0], filled[1], ""
		}
		return "", "", fmt.Sprintf("%.40q may be the byline or the edition label", filled[1])
	}
	switch placeOrPerson(filled[0], h.Publication) {
	case 2:
		return filled[0], "", ""
	case 3:
		return "", filled[0], ""
	}
	return "", "", fmt.Sprintf("%.40q may be the dateline or the byline", filled[0])
}

func (h *house) isEdition(s string) bool {
	return slices.ContainsFunc(h.Editions, func(title string) bool {
		return strings.EqualFold(plainSpaces(s), plainSpaces(title))
	})
}

// almostEdition says whether a text looks like the title of an edition that there is not:
// one that was misspelt, or that has a longer word of one.
func (h *house) almostEdition(s string) bool {
	return slices.ContainsFunc(h.Editions, func(title string) bool {
		return digest.Distance(s, title) <= 2 || slices.ContainsFunc(strings.Fields(title), func(word string) bool {
			return len(word) > 4 && slices.ContainsFunc(strings.Fields(s), func(w string) bool {
				return strings.EqualFold(w, word)
			})
		})
	})
}

// isSentence says whether a text is one, and no name: it has four words and a full stop, or
// is in a script without spaces between words.
func isSentence(s string) bool {
	s = strings.TrimRight(s, "”’»“›\"')」』")
	for _, stop := range []string{"。", "！", "？"} {
		if strings.HasSuffix(s, stop) {
			return true
		}
	}
	for _, stop := range []string{".", "!", "?", "…", "؟", "۔", "।"} {
		if strings.HasSuffix(s, stop) {
			return len(strings.Fields(s)) >= 4
		}
	}
	return false
}
