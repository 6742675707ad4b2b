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

// line is a line of a file that has something on it.
type line struct {
	// number counts all the file's lines from 1, the blank ones too.
	number int
	// text is folded and not empty.
	text string
}

// readLines reads a text file of at most maxFile bytes. Lines end in LF, CRLF or
// CR. Byte order marks are dropped wherever they are: files that were pasted
// together have several. The error is a Flaws if the file is no such text.
func readLines(name string, r io.Reader) ([]line, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(text) > maxFile {
		return nil, Flaws{{File: name, Problem: "larger than 1 MiB", Hint: "an article is plain text of a few kilobytes"}}
	}
	plain := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\ufeff", "").Replace(string(text))
	var lines []line
	number := 0
	for raw := range strings.SplitSeq(plain, "\n") {
		number++
		if problem := notText(raw); problem != "" {
			return nil, Flaws{{File: name, Line: number, Problem: problem, Hint: "save the article as plain text in UTF-8"}}
		}
		if folded := fold(raw); folded != "" {
			lines = append(lines, line{number, folded})
		}
	}
	if len(lines) == 0 {
		return nil, Flaws{{File: name, Problem: "the file is empty"}}
	}
	return lines, nil
}

// notText says what keeps s from being a line of text; empty means nothing does.
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

// overrides says whether r turns the direction of all that follows, which would
// reach past the text that it stands in.
func overrides(r rune) bool { return '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069' }

// fold trims s, takes direction overrides out and makes one space of each run of white
// space in it. A no-break
// space that stands alone stays: "6 p.m." and French punctuation are set with it.
func fold(s string) string {
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

// visible says whether a reader sees anything of r.
func visible(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.S, unicode.P) }

// plainSpaces makes spaces of no-break spaces, for comparing.
func plainSpaces(s string) string { return strings.Join(strings.Fields(s), " ") }
