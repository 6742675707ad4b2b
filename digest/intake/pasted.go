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
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	var embargo time.Time
	for i, text := range above {
		text = strings.TrimSpace(plainSpaces(text))
		h := house{Format: f, file: "page"}
		if written, value, ok := keyLine(text); ok && strings.EqualFold(written, "Embargo") {
			if h.set(i+1, "Embargo", value); len(h.flaws) > 0 {
				return a, found, h.flaws
			}
			embargo = h.article.Embargo
			continue
		}
		if found || text == "" {
			continue
		}
		if h.firstLine([]line{{i + 1, text}}); len(h.flaws) == 0 {
			a, found = h.article, true
		}
	}
	a.Embargo = embargo
	return a, found, nil
}
