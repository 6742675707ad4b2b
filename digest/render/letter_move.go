package render

import (
	"errors"

	"vesper/digest"
	"vesper/templates"
)

// Move writes the letter that asks at a new address whether a reader's editions are to go
// there. As in a confirmation nothing stands in its body that was typed on the page.
func (r Renderer) Move(to Recipient) (digest.Letter, error) { return r.written(to, r.setMove) }

// Moved writes the letter that tells the former address.
func (r Renderer) Moved(to Recipient) (digest.Letter, error) { return r.written(to, r.setMoved) }

func (r Renderer) setMove(to Recipient) (setLetter, error) {
	if !tokenOf(to.Move, "") || to.Expires.IsZero() {
		return setLetter{}, errors.New("the link to move is none")
	}
	w := r.words().Letters
	l := r.letter(to, w.MoveSubject, w.Move, templates.Say(w.MoveWhy, "name", r.name(to.Slot.Title)))
	l.Button = &way{r.words(), r.base() + "/m/" + to.Move, w.MoveButton}
	l.Said = []string{templates.Say(w.MoveAsked, "name", l.Name)}
	l.Asides = []string{r.until(w.MoveExpires, to.Expires)}
	return r.set(digest.Move, l)
}

func (r Renderer) setMoved(to Recipient) (setLetter, error) {
	if !tokenOf(to.Stay, "") || to.Expires.IsZero() {
		return setLetter{}, errors.New("the link to stay is none")
	}
	w := r.words().Letters
	l := r.letter(to, w.MovedSubject, w.Moved, templates.Say(w.MovedWhy, "name", r.name(to.Slot.Title)))
	l.Said = []string{templates.Say(w.MovedText, "name", l.Name, "address", to.Elsewhere)}
	l.Way = &way{r.words(), r.base() + "/n/" + to.Stay, w.MovedUndo}
	l.Asides = []string{r.until(w.MovedHint, to.Expires)}
	return r.set(digest.Moved, l)
}
