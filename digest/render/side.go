package render

import (
	"golang.org/x/text/unicode/bidi"

	"vesper/digest"
	"vesper/templates"
)

// side is a direction of writing, told by left and right: Outlook and Gmail know no
// other words for it.
type side struct {
	Dir        string
	Start, End string
	RTL        bool
}

func sideOf(rightToLeft bool) side {
	if rightToLeft {
		return side{Dir: "rtl", Start: "right", End: "left", RTL: true}
	}
	return side{Dir: "ltr", Start: "left", End: "right"}
}

// side is the publication's direction.
func (r Renderer) side() side { return sideOf(templates.RightToLeft(r.language())) }

// tongue is how an article is marked where its language or its direction is not
// the edition's.
type tongue struct {
	// Language is empty if it is the edition's. Side is the article's direction, Home
	// the edition's, and Turned says that they differ.
	Language   string
	Side, Home side
	Turned     bool
}

// tongueOf goes by the article's language or, if it has none, by the first letter of
// its headline that has a direction (UAX #9, P2). A headline in another script than the
// edition's gives it the language that is written in it, or one that is unknown: a voice
// that reads the edition must not read that as its own.
func (r Renderer) tongueOf(a digest.Article) tongue {
	home := r.side()
	t := tongue{Side: home, Home: home}
	if tag := line(a.Language); tag != "" {
		t.Side = sideOf(templates.RightToLeft(tag))
		if tag != r.language() {
			t.Language = tag
		}
	} else {
		if rtl, ok := direction(a.Headline); ok {
			t.Side = sideOf(rtl)
		}
		t.Language = suggested(a.Headline, r.language())
	}
	t.Turned = t.Side != home
	return t
}

// direction gives the direction of the first letter that has one. ok is false if no
// letter has.
func direction(s string) (rightToLeft, ok bool) {
	for _, r := range s {
		switch p, _ := bidi.LookupRune(r); p.Class() {
		case bidi.L:
			return false, true
		case bidi.R, bidi.AL:
			return true, true
		}
	}
	return false, false
}

// The isolates stand around a text that is written the other way, so that it does not
// change the order of what stands beside it (UAX #9, 2.4.2). They are used where no
// element can say the direction.
const firstStrongIsolate, popIsolate = "\u2068", "\u2069"

// isolated gives a text for use in the middle of a line of ours.
func (r Renderer) isolated(text string) string {
	if rtl, ok := direction(text); ok && rtl != r.side().RTL {
		return firstStrongIsolate + text + popIsolate
	}
	return text
}
