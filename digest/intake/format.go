package intake

import (
	"cmp"
	"io"
	"slices"
	"time"

	"vesper/digest"
)

// Format is the house format as one publication writes it, read with some looseness:
// stories are pasted from other programs and typed in a hurry. What is taken loosely:
//
//   - |, / or a dash between spaces instead of a backslash in the first line, one kind
//     in a line. / and dashes stand in texts too; so they are taken only where the
//     source is the publication and the edition label one of its editions.
//   - A missing byline, dateline, edition label or summary, where the source is the
//     publication, and the label or the form of the others tells which one is missing.
//   - "Quick Look", and a colon after "Quick Looks" and "Deep Look".
//   - * and dashes as bullets.
//   - HTML's entities, also if they were escaped twice.
//   - Windows-1252, and so Latin-1, instead of UTF-8.
//   - A last line that asks to log in and comment in other languages and forms.
//
// What could be meant in two ways is a flaw. A text that the strict reading takes is
// read loosely as the same article.
type Format struct {
	// Zone is the time zone of Published lines that name none; nil means UTC.
	Zone *time.Location
	// Publication is its name, and Editions are the titles of its editions.
	Publication string
	Editions    []string
	// Strict makes flaws of all that would be taken loosely.
	Strict bool
}

// Parse reads an article as [ParseHouse] does, and gives what was taken loosely: ten at
// most, in the order of their lines.
func (f Format) Parse(name string, r io.Reader) (digest.Article, []*digest.Flaw, error) {
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	h := house{Format: f, file: name}
	lines, err := h.lines(r)
	if err != nil {
		return digest.Article{}, nil, err
	}
	if lines = h.firstLine(h.keys(lines)); h.article.Feed == "" {
		h.body(lines)
	} else {
		h.fetched(lines)
	}
	byLine := func(a, b *digest.Flaw) int { return cmp.Compare(a.Line, b.Line) }
	if len(h.flaws) > 0 {
		slices.SortStableFunc(h.flaws, byLine)
		return digest.Article{}, nil, h.flaws
	}
	slices.SortStableFunc(h.loose, byLine)
	return h.article, h.loose, nil
}

// loosely notes that a line was taken although the format has it otherwise. In a strict
// reading it is a flaw.
func (h *house) loosely(number int, problem, hint string) {
	if h.Strict {
		h.flaw(number, problem, hint)
	} else if len(h.loose) < maxFlaws {
		h.loose = append(h.loose, &digest.Flaw{File: h.file, Line: number, Problem: problem, Hint: hint})
	}
}
