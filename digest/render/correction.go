package render

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"vesper/digest"
	"vesper/templates"
)

// amends is what a correction says of itself, in the edition and on its pages.
type amends struct {
	Words *templates.Words
	// Dated says when it was made, Note what was wrong; that may be empty.
	Dated, Note string
	// URL leads to the edition as it was before, or as it is now; Label says which.
	URL, Label string
}

func (r Renderer) amends(c digest.Correction, other digest.ID, label string) *amends {
	at := c.At.In(r.zone())
	dated := templates.Say(r.words().Edition.Corrected, "date", r.words().FullDate(at), "time", r.words().Clock(at))
	return &amends{r.words(), dated, line(c.Note), r.webView(other), label}
}

// correctionSubject names the edition, and not its lead: that may be what was wrong.
func (r Renderer) correctionSubject(e digest.Edition) string {
	w := r.words()
	title := line(e.Title)
	if title == "" {
		title = line(r.Publication.Name)
	}
	s := templates.Say(w.Edition.CorrectionSubject, "name", title,
		"date", w.Within(w.Day(e.ID.Date.In(r.zone()))))
	if r.proof {
		s = templates.Say(w.Edition.ProofSubject, "subject", s)
	}
	return s
}

// correctionWithWords renders a part of the letter that tells what was wrong, to readers who
// were sent it, with the words that stand for a reader's values.
func (r Renderer) correctionWithWords(e digest.Edition, _ cuts, file string, words []string) (string, error) {
	l := r.correction(e, r.footerOf(e, r.whySince(words[0], e.Title, words[1]), words[2], words[3]))
	return r.execute(file, l)
}

// correctionFiles are the templates of that letter's parts.
var correctionFiles = map[string]string{"text": "email/correction.txt", "html": "email/correction.html"}

func (r Renderer) correction(e digest.Edition, f footer) letter {
	w := r.words()
	f.WebView = "" // The link above is the one.
	l := letter{chrome: r.chrome(e.Title, r.correctionSubject(e), f), Heading: w.Edition.Correction}
	l.Said = []string{line(e.Correction.Note)}
	l.Way = &way{w, r.webView(e.ID), w.Edition.ReadCorrected}
	l.Asides = []string{
		templates.Say(w.Edition.CorrectionOf, "name", l.Name, "date", w.LongDate(e.ID.Date.In(r.zone()))),
		w.Sentence(r.amends(e.Correction, e.ID, "").Dated),
	}
	l.URL = evenly(l.links(), r.webView(e.ID.First()))
	l.TextURL = l.URL
	return l
}

// begins is where what is said of a page comes in: at the beginning of its content.
const begins = "<main>"

// Amended gives a page of an edition, as it was when it was sent, with the corrections that
// came after it above it. A page in which no content is found stays as it is.
func (r Renderer) Amended(page []byte, corrections []digest.Corrected) ([]byte, error) {
	before, after, found := bytes.Cut(page, []byte(begins))
	if !found || len(corrections) == 0 {
		return page, nil
	}
	var all strings.Builder
	for i, c := range corrections {
		said := r.amends(c.Correction, c.ID, r.words().Edition.ReadCorrected)
		if i < len(corrections)-1 {
			said.URL = ""
		}
		part, err := r.execute("web/amended.html", said)
		if err != nil {
			return nil, fmt.Errorf("render the correction %s: %w", c.ID, err)
		}
		all.WriteString(part)
	}
	return bytes.Join([][]byte{before, []byte(begins + all.String()), after}, nil), nil
}

// setCorrection sets the letter on a correction of an edition for one reader, to be looked at.
func (r Renderer) setCorrection(e digest.Edition, to Reader) (setLetter, error) {
	e.ID.Sequence, e.Correction = 2, digest.Correction{Note: specimenCorrection, At: e.Window.To.Add(25 * time.Minute)}
	return r.set(digest.CorrectionDesigned, r.correction(e, r.footer(e, to)))
}
