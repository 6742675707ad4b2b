package intake

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFile is the largest file that is read, in bytes: a hundred long articles.
const maxFile = 1 << 20

// line is a line of a file that is not blank.
type line struct {
	// number counts all the file's lines from 1, the blank ones too.
	number int
	// text is not empty, and its white space is folded.
	text string
}

// lineEnds has lines end as they do here, and takes byte order marks out.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\ufeff", "")

// lines reads a text file of at most maxFile bytes. Lines end in LF, CRLF or CR.
// Byte order marks are dropped, wherever they are: a file that was put together from
// several has several. The error is a [Flaws] if the file is no such text.
func (h *house) lines(r io.Reader) ([]line, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", h.file, err)
	}
	if len(text) > maxFile {
		const hint = "an article is plain text of a few kilobytes"
		return nil, Flaws{{File: h.file, Problem: "larger than 1 MiB", Hint: hint}}
	}
	plain := string(text)
	if strings.Contains(plain, "\r") || strings.Contains(plain, "\ufeff") {
		plain = lineEnds.Replace(plain)
	}
	windows := !h.Strict && isWindows1252(plain)
	var lines []line
	escaped := escaped{}
	for i, raw := range strings.Split(plain, "\n") {
		if windows {
			raw = h.fromWindows1252(i+1, raw)
		}
		if problem := notText(raw); problem != "" {
			return nil, Flaws{{File: h.file, Line: i + 1, Problem: problem, Hint: textHint}}
		}
		if folded := fold(escaped.write(i+1, raw)); folded != "" {
			lines = append(lines, line{i + 1, folded})
		}
	}
	if len(lines) == 0 {
		return nil, Flaws{{File: h.file, Problem: "the file is empty"}}
	}
	if escaped.times > 0 {
		h.loosely(escaped.line, fmt.Sprintf("%q is HTML%s", escaped.first, more(escaped.times)),
			"write the character itself")
	}
	return lines, nil
}

const textHint = "save the article as plain text in UTF-8"

// notText says why s is not a line of text; "" if it is.
func notText(s string) string {
	if !utf8.ValidString(s) {
		return "not UTF-8 text"
	}
	for _, r := range s {
		if unicode.IsControl(r) && r != '\t' {
			return fmt.Sprintf("control character %U", r)
		}
	}
	return ""
}

// overrides says whether r turns the direction of all that follows it, even past the
// text that it stands in.
func overrides(r rune) bool { return '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069' }

// fold trims s, takes direction overrides out and makes one space of all white space
// that stands together. A single no-break space stays: "6 p.m." and French
// punctuation are written with it.
func fold(s string) string {
	if folded(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	gap, last := 0, ' '
	for _, r := range s {
		if overrides(r) {
			continue
		}
		if unicode.IsSpace(r) {
			gap++
			last = r
			continue
		}
		switch {
		case gap == 0 || b.Len() == 0:
		case gap == 1 && (last == '\u00a0' || last == '\u202f'):
			b.WriteRune(last)
		default:
			b.WriteByte(' ')
		}
		gap = 0
		b.WriteRune(r)
	}
	return b.String()
}

// visible says whether a reader can see r.
func visible(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.S, unicode.P) }

// folded says whether fold has nothing to do.
func folded(s string) bool {
	gap := true
	for _, r := range s {
		// Most texts are ASCII, and a desk has many.
		if '!' <= r && r <= '~' {
			gap = false
			continue
		}
		space := r == ' '
		if space && gap || !space && (unicode.IsSpace(r) || overrides(r)) || r == utf8.RuneError {
			return false
		}
		gap = space
	}
	return !gap || s == ""
}

// plainSpaces makes one space of all white space that stands together, for comparing
// texts.
func plainSpaces(s string) string { return strings.Join(strings.Fields(s), " ") }
