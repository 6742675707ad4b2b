package render

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"time"

	"vesper/digest"
	"vesper/templates"
)

// Recipient is who a letter goes to, with all that differs from letter to letter.
type Recipient struct {
	Reader
	// Slot is the edition that the letter is about. Without a title it is about all
	// editions of the publication.
	Slot digest.Slot
	// Next is when that edition arrives next; zero when that is unknown.
	Next time.Time
	// NothingPrinted says that there is no edition yet, which a link could lead to.
	NothingPrinted bool
	// Desk says that the desk entered the address, and that nobody typed it on a page.
	Desk bool
	// Confirm is the link token of a confirmation, which works until Expires.
	Confirm string
	Expires time.Time
	// Move is the link token of a letter to a new address, which works until Expires. Stay is
	// that to the former one, and Elsewhere the new address, masked.
	Move, Stay, Elsewhere string
	// At is when the letter is written, which is its Date. MessageID is the left part
	// of its Message-ID.
	At        time.Time
	MessageID string
}

// letter is a letter as the templates print it.
type letter struct {
	chrome
	Heading      string
	Said, Asides []string
	// Way is a link below the text, nil if there is none.
	Way *way
	// TextURL is where the wordmark leads, as the text part has it at its foot.
	TextURL string
}

// setLetter is a letter as rendered: the subject and both parts.
type setLetter struct {
	kind        digest.LetterKind
	subject     string
	text, html  string
	unsubscribe string
}

// Confirmation writes the letter that asks a reader to confirm. Nothing that was typed
// on the page stands in its body: a word before the @ may be anybody's message.
func (r Renderer) Confirmation(to Recipient) (digest.Letter, error) {
	return r.written(to, r.setConfirmation)
}

// Welcome writes the letter to a reader who has confirmed. It is an error if there is
// no token to leave by.
func (r Renderer) Welcome(to Recipient) (digest.Letter, error) { return r.written(to, r.setWelcome) }

// Goodbye writes the letter to a reader who left and saw no page that said so.
func (r Renderer) Goodbye(to Recipient) (digest.Letter, error) { return r.written(to, r.setGoodbye) }

// Report writes a letter to those who run the newsroom, of what they are told in text and
// HTML. At and MessageID are those of a [Recipient].
func (r Renderer) Report(to, subject, text, html string, at time.Time, id string) (digest.Letter, error) {
	// The words are not a template's, so a line may end as it likes.
	return r.written(Recipient{Reader: Reader{Address: to}, At: at, MessageID: id}, func(Recipient) (setLetter, error) {
		return setLetter{digest.Report, subject, text, html, ""}, nil
	})
}

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
	l.Button = &way{r.words(), r.base() + "/c/" + to.Confirm, w.ConfirmButton}
	l.Said = []string{templates.Say(w.Asked, "name", l.Name)}
	l.Asides = []string{r.until(w.Expires, to.Expires)}
	return r.set(digest.Confirmation, l)
}

func (r Renderer) setWelcome(to Recipient) (setLetter, error) {
	if !tokenOf(to.Unsubscribe, "") {
		return setLetter{}, errors.New("the link to leave is none")
	}
	w := r.words().Letters
	why := templates.Say(w.Greeted, "name", r.name(to.Slot.Title), "since", r.since(to.Reader))
	l := r.letter(to, w.WelcomeSubject, w.Welcome, why)
	l.Said = []string{w.Confirmed}
	if when := r.words().When(to.Next.In(r.zone()), to.At.In(r.zone())); when != "" && !to.Next.IsZero() {
		l.Said[0] += " " + r.words().Sentence(w.First, "when", when)
	}
	if !to.NothingPrinted {
		l.Way = &way{r.words(), r.base() + "/e/latest", w.Latest}
	}
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
	l.Said = []string{w.NoMore}
	l.Way = &way{r.words(), r.base() + "/s", r.words().Pages.Again}
	l.Asides = []string{w.Thanks}
	return r.set(digest.Goodbye, l)
}

// until says how long a link works.
func (r Renderer) until(text string, expires time.Time) string {
	expires = expires.In(r.zone())
	return templates.Say(text, "date", r.words().FullDate(expires), "time", r.words().Clock(expires))
}

func (r Renderer) letter(to Recipient, subject, heading, why string) letter {
	name := r.name(to.Slot.Title)
	subject = templates.Say(subject, "name", name)
	f := footer{Why: why, Privacy: webURL(r.Publication.PrivacyURL)}
	return letter{chrome: r.chrome(to.Slot.Title, subject, f), Heading: heading}
}

// site is the host of the page where people enter their addresses.
func (r Renderer) site() string {
	u, err := url.Parse(r.base())
	if err != nil {
		return r.base()
	}
	return u.Host
}

// links is how many links a letter has, without the wordmark's.
func (l letter) links() int {
	n := l.Footer.links()
	for _, w := range []*way{l.Button, l.Way} {
		if w != nil {
			n++
		}
	}
	return n
}

// set renders both parts of a letter. Where it has an odd number of links, the wordmark
// leads to the publication's site or, if it has none, to all editions: see [evenly].
func (r Renderer) set(kind digest.LetterKind, l letter) (setLetter, error) {
	home := cmp.Or(webURL(r.Publication.URL), r.base()+"/e")
	if home == r.base()+"/e" && r.Publication.Unlisted {
		home = r.base() + "/s"
	}
	l.URL = evenly(l.links(), home)
	shown := l.links()
	if l.Button != nil {
		shown++ // Its address is to be read in the HTML too, which some filters count.
	}
	l.TextURL = evenly(shown, home)
	text, err := r.execute("email/"+templateOf(kind)+".txt", l)
	if err != nil {
		return setLetter{}, err
	}
	html, err := r.execute("email/"+templateOf(kind)+".html", l)
	return setLetter{kind, l.Subject, text, html, l.Footer.Unsubscribe}, err
}

// templateOf names the template of a letter. That to a new address looks like a confirmation,
// and that to the former one like a goodbye.
func templateOf(kind digest.LetterKind) string {
	switch kind {
	case digest.Move:
		kind = digest.Confirmation
	case digest.Moved:
		kind = digest.Goodbye
	}
	return string(kind)
}

// written renders a letter and puts its header before it. A letter with a link to
// unsubscribe has the list's fields, as an edition has.
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

// post makes the message of a letter that is rendered.
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
