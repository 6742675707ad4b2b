package intake

import (
	"strings"
	"time"

	"vesper/digest"
)

// Pasted reads what stands above the Quick Looks of a text in the house format that was
// pasted into a web page: the first line, as loosely as in a file, and a line "Embargo:".
// Other lines are passed over, since pages have more there. The bool says whether there is a
// first line. The error is of an Embargo that can't be read: nobody knows when it ends.
func (f Format) Pasted(above []string) (a digest.Article, found bool, err error) {
	var embargo time.Time
	for i, text := range above {
		text = strings.TrimSpace(plainSpaces(text))
		if at, ok, err := f.embargo(i+1, text); err != nil {
			return a, found, err
		} else if ok {
			embargo = at
			continue
		}
		if found || text == "" {
			continue
		}
		h := house{Format: f, file: "page"}
		if h.firstLine([]line{{i + 1, text}}); len(h.flaws) == 0 {
			a, found = h.article, true
		}
	}
	a.Embargo = embargo
	return a, found, nil
}

// Embargo reads a line "Embargo: 2026-11-23 06:00" of a page. The bool says whether it is one,
// and the error is of a time that can't be read.
func (f Format) Embargo(line string) (at time.Time, is bool, err error) {
	return f.embargo(1, strings.TrimSpace(plainSpaces(line)))
}

func (f Format) embargo(number int, line string) (at time.Time, is bool, err error) {
	written, value, ok := keyLine(line)
	if !ok || !strings.EqualFold(written, "Embargo") {
		return at, false, nil
	}
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	h := house{Format: f, file: "page"}
	if h.set(number, "Embargo", value); len(h.flaws) > 0 {
		return at, true, h.flaws
	}
	return h.article.Embargo, true, nil
}
