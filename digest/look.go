package digest

import (
	"crypto/sha256"
	"encoding/json"
	"time"
)

// Verdict is what an edition decided about an article on the desk: the kind of its
// reason.
type Verdict string

// The verdicts. Those of Printed, Full and Copy are the last word on an article for
// its slot, and so is Old as long as the article's time stays the same.
const (
	// VerdictPrinted: it printed the article, or one before it had.
	VerdictPrinted Verdict = "printed"
	// VerdictFull: there was no room for it.
	VerdictFull Verdict = "full"
	// VerdictOld: published before the edition's window.
	VerdictOld Verdict = "old"
	// VerdictCopy: it has the text of another article.
	VerdictCopy Verdict = "copy"
	// VerdictToCome: published after the cut-off.
	VerdictToCome Verdict = "to come"
	// VerdictEmbargo: its embargo had not ended before the cut-off.
	VerdictEmbargo Verdict = "embargo"
	// VerdictElsewhere: labelled for another slot.
	VerdictElsewhere Verdict = "elsewhere"
	// VerdictPassed: an evening without an edition passed it over: see [Skip].
	VerdictPassed Verdict = "passed over"
)

// Look is what the editions of a slot decided about an article when they looked at
// it.
type Look struct {
	ArticleID string
	// Edition is the first one that decided so. It is not set where the edition is
	// about to be opened.
	Edition ID
	Verdict Verdict
	// Published, in whole seconds, is the story's time (see [Article.Time]), and Text its
	// text, as the last edition saw them.
	Published time.Time
	Text      Text
}

// done says whether nothing more comes of an article by this look.
func (l Look) done(a Article) bool {
	switch l.Verdict {
	case VerdictPrinted, VerdictFull, VerdictCopy:
		return true
	case VerdictOld:
		// A wrong year that was put right makes another article of it.
		return l.Published.Unix() == a.Time().Unix()
	}
	return false
}

// Passed gives the looks of an evening without an edition, which passes over what it would
// have printed.
func Passed(choices []Choice) []Look {
	var looks []Look
	for _, a := range Picked(choices) {
		looks = append(looks, Look{
			ArticleID: a.ID, Verdict: VerdictPassed, Published: a.Time().Truncate(time.Second), Text: TextOf(a),
		})
	}
	return looks
}

// Text is a fingerprint of what readers see of an article, and of its label: files
// of the same text are copies of one article, whatever their names and times are.
type Text [16]byte

// TextOf gives the fingerprint of an article.
func TextOf(a Article) Text {
	a.ID, a.URL, a.Section, a.Language, a.Feed, a.Updates = "", "", "", "", "", ""
	a.Published, a.Embargo, a.FileTime, a.Loose = time.Time{}, time.Time{}, false, nil
	// An article is plain text: to marshal it can't fail.
	body, _ := json.Marshal(a)
	sum := sha256.Sum256(body)
	return Text(sum[:])
}

// Looks gives what is to be recorded of an edition's choices: each article of the
// desk on which there is something new to say. Before has what was recorded until
// now, by article.
func Looks(choices []Choice, before map[string]Look) []Look {
	var looks []Look
	for _, c := range choices {
		if c.Verdict == VerdictPassed {
			continue // its evening said so, and that holds
		}
		l := Look{
			ArticleID: c.Article.ID, Verdict: c.Verdict,
			Published: c.Article.Time().Truncate(time.Second), Text: TextOf(c.Article),
		}
		b, looked := before[l.ArticleID]
		same := b.Verdict == l.Verdict && b.Published.Unix() == l.Published.Unix() && b.Text == l.Text
		if !looked || !same {
			looks = append(looks, l)
		}
	}
	return looks
}
