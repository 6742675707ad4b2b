package render

import (
	"strings"

	"vesper/digest"
	"vesper/templates"
)

// parting is what an email ends with, as a person would: how to answer, what readers are
// spared, and for whom it was passed on to, how to get it. What is not true of a
// publication is empty.
type parting struct {
	Words *templates.Words
	// Reply and Spared are sentences.
	Reply, Spared string
	// Forwarded asks, and GetOwn is the link that answers; SignUp is where it leads.
	Forwarded, GetOwn, SignUp string
	// Archive is where all editions are, AllEditions its words.
	Archive, AllEditions string
}

// closing gives what an edition closes with. Its links are the same for all readers, and
// have no token: whoever it was passed on to must not get its reader's.
func (r Renderer) closing(e digest.Edition) parting {
	w := r.words()
	c := parting{Words: w, Forwarded: w.Edition.Forwarded, GetOwn: w.Edition.GetOwn, SignUp: webURL(r.base() + "/s")}
	if !r.Publication.Unlisted {
		c.Archive, c.AllEditions = webURL(r.base()+"/e"), w.Pages.Archive
	}
	if r.Publication.TakesReplies() {
		c.Reply = w.Edition.Reply
	}
	var spared []string
	// In templates of a publication's own an image may be what watches readers.
	if !r.templates().HasImages(htmlPart) {
		spared = append(spared, w.Edition.NoTracking, w.Edition.NoImages)
	}
	switch rhythm := r.Publication.Rhythm; {
	case e.ID.Sequence > 1:
		// A correction is one more.
	case rhythm == digest.OnceAnEvening:
		spared = append(spared, w.Edition.OnceEvening)
	case rhythm == digest.OnceADay:
		spared = append(spared, w.Edition.OnceDay)
	}
	c.Spared = strings.Join(spared, " ")
	return c
}

// links is how many links the closing has.
func (c parting) links() int {
	n := 0
	for _, url := range []string{c.SignUp, c.Archive} {
		if url != "" {
			n++
		}
	}
	return n
}

// tomorrow is what the next day brings, as an edition shows it.
type tomorrow struct {
	Words *templates.Words
	// Heading and Day stand above it, the day behind the heading: it is named, since many read
	// an edition on the day after.
	Heading, Day string
	Lines        []tomorrowLine
	Home         side
}

// tomorrowLine is one thing of it, in its own language.
type tomorrowLine struct {
	tongue
	Text string
}

func (r Renderer) tomorrow(t digest.Tomorrow) *tomorrow {
	w := r.words()
	shown := tomorrow{
		Words: w, Heading: w.Edition.Tomorrow, Day: w.Within(w.Day(t.Date.In(r.zone()))), Home: r.side(),
	}
	for _, text := range lines(t.Lines) {
		shown.Lines = append(shown.Lines, tomorrowLine{r.tongueOf(digest.Article{Headline: text}), text})
	}
	if len(shown.Lines) == 0 {
		return nil
	}
	return &shown
}

// words counts what a reader reads of it.
func (t *tomorrow) words() int {
	n := readingWords(t.Heading)
	for _, l := range t.Lines {
		n += readingWords(l.Text)
	}
	return n
}
