package render

import (
	"golang.org/x/text/unicode/bidi"

	"vesper/digest"
	"vesper/templates"
)

// side is a direction of writing as mail programs need it told: in physical
// sides, since Outlook and Gmail know no others.
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

// side is the publication's own.
func (r Renderer) side() side { return sideOf(templates.RightToLeft(r.language())) }

// tongue is how an article is marked where its language or its direction is not
// the edition's.
type tongue struct {
	// Language is empty for the edition's own; Turned says that Side is not Home.
	Language   string
	Side, Home side
	Turned     bool
}

// tongueOf looks at the article's language or, where it says none, at the first
// letter of its headline that has a direction (UAX #9, P2).
func (r Renderer) tongueOf(a digest.Article) tongue {
	home := r.side()
	t := tongue{Side: home, Home: home}
	if tag := line(a.Language); tag != "" {
		t.Side = sideOf(templates.RightToLeft(tag))
		if tag != r.language() {
			t.Language = tag
		}
	} else if rtl, ok := direction(a.Headline); ok {
		t.Side = sideOf(rtl)
	}
	t.Turned = t.Side != home
	return t
}

// direction gives that of the first strong letter; ok is false if there is none.
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

// The isolates keep what is written the other way from reordering what stands
// beside it (UAX #9, 2.4.2). They are put where there is no element to carry a
// direction.
const firstStrongIsolate, popIsolate = "\u2068", "\u2069"

// isolated gives a text to be set into a line of ours.
func (r Renderer) isolated(text string) string {
	if rtl, ok := direction(text); ok && rtl != r.side().RTL {
		return firstStrongIsolate + text + popIsolate
	}
	return text
}
