package render

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"time"

	"vesper/digest"
	"vesper/templates"
)

// Recipient is who a letter goes to, and what it tells or links for them.
type Recipient struct {
	Reader
	// Slot is the edition that the letter is about.
	Slot digest.Slot
	// Next is when that edition arrives next; zero when that is unknown.
	Next time.Time
	// Desk says that the desk put the address forward, and nobody typed it on a page.
	Desk bool
	// Confirm is the link token of a confirmation, which works until Expires.
	Confirm string
	Expires time.Time
	// At is when the letter is written: its Date. MessageID is the left part of
	// its Message-ID.
	At        time.Time
	MessageID string
}

// letter is a letter as the templates print it.
type letter struct {
	chrome
	Heading      string
	Said, Asides []string
	// Way is a link that the letter offers.
	Way *way
}

// setLetter is a letter in both parts.
type setLetter struct {
	kind        digest.LetterKind
	subject     string
	text, html  string
	unsubscribe string
}

// Confirmation writes the letter that asks a reader to confirm. It has nothing
// that whoever asked for it has typed but the address.
func (r Renderer) Confirmation(to Recipient) (digest.Letter, error) {
	return r.written(to, r.setConfirmation)
}

// Welcome writes the letter to a reader who has confirmed.
func (r Renderer) Welcome(to Recipient) (digest.Letter, error) { return r.written(to, r.setWelcome) }

// Goodbye writes the letter to a reader who left where no page could say so.
func (r Renderer) Goodbye(to Recipient) (digest.Letter, error) { return r.written(to, r.setGoodbye) }

func (r Renderer) setConfirmation(to Recipient) (setLetter, error) {
	if !tokenOf(to.Confirm, "") || to.Expires.IsZero() {
		return setLetter{}, errors.New("the link to confirm is none")
	}
	w := r.words().Letters
	why := templates.Say(w.Entered, "site", r.site())
	if to.Desk {
		why = templates.Say(w.PutForward, "name", r.name(to.Slot.Title))
	}
	l := r.letter(to, w.ConfirmSubject, w.Confirm, why)
	l.Button = &way{r.base() + "/c/" + to.Confirm, w.ConfirmButton}
	l.Said = []string{templates.Say(w.Asked, "name", l.Name, "address", to.Address)}
	expires := to.Expires.In(r.zone())
	l.Asides = []string{templates.Say(w.Expires, "date", r.words().FullDate(expires), "time", r.words().Clock(expires))}
	return r.set(digest.Confirmation, l)
}

func (r Renderer) setWelcome(to Recipient) (setLetter, error) {
	if !tokenOf(to.Unsubscribe, "") {
		return setLetter{}, errors.New("the link to leave is none")
	}
	w := r.words().Letters
	l := r.letter(to, w.WelcomeSubject, w.Welcome, r.why(to.Reader, to.Slot.Title))
	l.Said = []string{w.Confirmed}
	if when := r.words().When(to.Next.In(r.zone()), to.At.In(r.zone())); when != "" && !to.Next.IsZero() {
		l.Said[0] += " " + r.words().Sentence(w.First, "when", when)
	}
	l.Way = &way{r.base() + "/e/latest", w.Latest}
	l.Asides = []string{templates.Say(w.Contacts, "address", r.from().Address)}
	l.Footer.Unsubscribe = r.unsubscribe(to.Unsubscribe)
	if to.Preferences != "" {
		l.Footer.Preferences = r.preferences(to.Preferences)
	}
	return r.set(digest.Welcome, l)
}

func (r Renderer) setGoodbye(to Recipient) (setLetter, error) {
	w := r.words().Letters
	l := r.letter(to, w.GoodbyeSubject, w.Goodbye, w.OnlyOne)
	l.Said = []string{templates.Say(w.NoMore, "address", to.Address)}
	l.Way = &way{r.base() + "/s", r.words().Pages.Again}
	l.Asides = []string{w.Thanks}
	return r.set(digest.Goodbye, l)
}

func (r Renderer) letter(to Recipient, subject, heading, why string) letter {
	name := r.name(to.Slot.Title)
	return letter{chrome: r.chrome(to.Slot.Title, templates.Say(subject, "name", name), footer{Why: why}), Heading: heading}
}

// site names the place where addresses are entered.
func (r Renderer) site() string {
	u, err := url.Parse(r.base())
	if err != nil {
		return r.base()
	}
	return u.Host
}

func (r Renderer) set(kind digest.LetterKind, l letter) (setLetter, error) {
	text, err := r.execute("email/"+string(kind)+".txt", l)
	if err != nil {
		return setLetter{}, err
	}
	html, err := r.execute("email/"+string(kind)+".html", l)
	return setLetter{kind, l.Subject, text, html, l.Footer.Unsubscribe}, err
}

// written sets a letter and puts its header before it. One that can be left has
// the list's fields, as an edition has.
func (r Renderer) written(to Recipient, set func(Recipient) (setLetter, error)) (digest.Letter, error) {
	if err := r.checkPublication(); err != nil {
		return digest.Letter{}, fmt.Errorf("write a letter: %w", err)
	}
	if err := checkSent(to.Address, to.MessageID, to.At); err != nil {
		return digest.Letter{}, fmt.Errorf("write a letter: %w", err)
	}
	l, err := set(to)
	if err != nil {
		return digest.Letter{}, fmt.Errorf("write a letter: %w", err)
	}
	message, err := r.post(to, l)
	if err != nil {
		return digest.Letter{}, fmt.Errorf("write a %s letter: %w", l.kind, err)
	}
	return digest.Letter{Kind: l.kind, Address: to.Address, Bytes: message}, nil
}

func (r Renderer) post(to Recipient, l setLetter) ([]byte, error) {
	sum := sha256.Sum256([]byte(to.MessageID + l.text + l.html))
	parts := []part{newPart("text", l.text), newPart("html", l.html)}
	head, body, err := r.mime(l.subject, "b_"+hex.EncodeToString(sum[:16]), parts)
	if err != nil {
		return nil, err
	}
	h := r.heading(l.subject, to.Slot)
	h.to, h.date, h.messageID = to.Address, to.At.UTC().Format(time.RFC1123Z), to.MessageID
	h.unsubscribe = l.unsubscribe
	fields, err := r.header(h, head)
	return append(append(fields, "\r\n"...), body...), err
}
