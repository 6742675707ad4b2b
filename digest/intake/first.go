package intake

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"vesper/digest"
)

// firstLine reads the six fields and gives the lines after them.
func (h *house) firstLine(lines []line) []line {
	const hint = `the first line is: headline \ source \ dateline \ byline \ edition label \ summary`
	if len(lines) == 0 {
		h.flaw(0, "no line with the six fields", hint)
		return nil
	}
	first := lines[0]
	if h.isHead(first, quickLooks) || h.isHead(first, deepLook) {
		h.flaw(first.number, fmt.Sprintf("no line with the six fields above %q", plainSpaces(first.text)), hint)
		return lines
	}
	f := fields(first.text, backslash)
	if len(f) != 6 && !h.Strict {
		f = h.looseFields(first, f)
	}
	if len(f) != 6 {
		if f != nil {
			h.flaw(first.number, fieldCount(len(f))+" instead of 6", hint)
		}
		return lines[1:]
	}
	if !strings.ContainsFunc(f[0], visible) {
		h.flaw(first.number, "the headline is empty", hint)
	}
	const fieldHint = "a field of the first line has 300 characters at most, and the summary 2000"
	for i, name := range fieldNames[:5] {
		h.limit(first.number, "the "+name, f[i], digest.MaxHeadline, fieldHint)
	}
	h.limit(first.number, "the summary", f[5], digest.MaxSummary, fieldHint)
	a := &h.article
	a.Headline, a.Source, a.Dateline, a.Byline, a.Label, a.Summary = f[0], f[1], f[2], f[3], f[4], f[5]
	return lines[1:]
}

func fieldCount(n int) string {
	if n == 1 {
		return "1 field"
	}
	return fmt.Sprintf("%d fields", n)
}

// backslash divides the fields of the first line.
const backslash = "\\"

// fields splits a line at each separator that has white space on both sides. The
// beginning and the end of the line count as white space, since it was trimmed.
func fields(s, separator string) []string {
	var out []string
	start := 0
	for _, i := range separators(s, separator) {
		out = append(out, strings.TrimSpace(s[start:i]))
		start = i + len(separator)
	}
	return append(out, strings.TrimSpace(s[start:]))
}

// separators gives the index of each separator that divides fields.
func separators(s, separator string) []int {
	var at []int
	for i := 0; ; i += len(separator) {
		next := strings.Index(s[i:], separator)
		if next < 0 {
			return at
		}
		i += next
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		after, _ := utf8.DecodeRuneInString(s[i+len(separator):])
		if (i == 0 || unicode.IsSpace(before)) && (i+len(separator) == len(s) || unicode.IsSpace(after)) {
			at = append(at, i)
		}
	}
}
