// Package render turns an edition into what readers get: the message with its
// headers and its two parts, each reader's own copy of it, and the web pages.
// It is pure: the same edition always gives the same bytes. It does not know who
// reads, where messages are kept or how they are sent.
package render

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"strings"
	"sync"
	"time"

	"vesper/digest"
	"vesper/templates"
)

// Renderer renders the editions of one publication.
type Renderer struct {
	Publication digest.Publication
	Layout      Layout
	// Templates are the looks and the words; nil means the built-in ones.
	Templates *templates.Set
	// LeaveBy gives the address that readers can leave by, with "{token}" in it for each
	// reader's own. It stands in the header of editions that are rendered from then on. ""
	// is none, as is nil.
	LeaveBy func() string

	// proof marks what is rendered as a proof for the desk.
	proof   bool
	remarks []string
	// desk is the address of the desk page that its recipient has; "" for none.
	desk string
}

// Layout says how much of each article an edition shows.
type Layout struct {
	// Lead is how many articles come first, with their whole summary. Stories is how
	// many follow with the first sentence of it. The rest are in brief.
	Lead, Stories int
	// QuickLooks is how many a story shows; -1 means all. Where only one or two would
	// be hidden, these are shown too.
	QuickLooks int
}

// Reader is what differs from one reader's copy to another's. The zero value is
// nobody: the edition then does not say why it came, and has no link to
// unsubscribe.
type Reader struct {
	Address string
	// Since is when the reader confirmed; zero leaves the date out.
	Since time.Time
	// Unsubscribe and Preferences are the link tokens for leaving and for choosing.
	// Without the second there is no link to choose.
	Unsubscribe, Preferences string
}

// Proof gives a renderer of the same publication that marks what it renders as a
// proof for the desk, with remarks in English, a line each, below the mark.
func (r Renderer) Proof(remarks ...string) Renderer {
	r.proof, r.remarks = true, nil
	for _, s := range remarks {
		r.remarks = append(r.remarks, line(s))
	}
	return r
}

// AtDesk gives a renderer of proofs whose recipient has a desk page at this address.
func (r Renderer) AtDesk(address string) Renderer {
	r.desk = address
	return r
}

// Messages renders an edition into its messages, one for each variant. It is an
// error if the edition or the publication lacks what every email must have, or if a
// template fails.
func (r Renderer) Messages(e digest.Edition) ([]digest.Message, error) {
	if err := r.check(e); err != nil {
		return nil, fmt.Errorf("render edition %s: %w", e.ID, err)
	}
	c, _, err := r.fit(e)
	if err != nil {
		return nil, fmt.Errorf("render edition %s: %w", e.ID, err)
	}
	var messages []digest.Message
	variants := []string{digest.Designed, digest.Plain}
	if e.Correction.Note != "" {
		variants = append(variants, digest.CorrectionDesigned, digest.CorrectionPlain)
	}
	for _, variant := range variants {
		m, err := r.message(e, c, variant)
		if err != nil {
			return nil, fmt.Errorf("render edition %s: %w", e.ID, err)
		}
		messages = append(messages, m)
	}
	return messages, nil
}

// HTML renders the HTML part of one reader's copy.
func (r Renderer) HTML(e digest.Edition, reader Reader) (string, error) {
	return r.part(e, r.footer(e, reader), htmlPart)
}

// Text renders the text part of one reader's copy, with LF line ends.
func (r Renderer) Text(e digest.Edition, reader Reader) (string, error) {
	return r.part(e, r.footer(e, reader), textPart)
}

// The templates of the two parts of a message. Both print the same values.
const (
	htmlPart = "email/edition.html"
	textPart = "email/edition.txt"
)

func (r Renderer) part(e digest.Edition, f footer, name string) (string, error) {
	if err := r.check(e); err != nil {
		return "", fmt.Errorf("render edition %s: %w", e.ID, err)
	}
	c, _, err := r.fit(e)
	if err != nil {
		return "", fmt.Errorf("render edition %s: %w", e.ID, err)
	}
	s, err := r.execute(name, r.editionValues(e, f, c))
	if err != nil {
		return "", fmt.Errorf("render edition %s: %w", e.ID, err)
	}
	return s, nil
}

func (r Renderer) execute(name string, values any) (string, error) {
	var out strings.Builder
	err := r.templates().Execute(&out, name, values)
	return out.String(), err
}

// builtIn gives the templates that come with the program, which it parses once.
var builtIn = sync.OnceValue(templates.BuiltIn)

func (r Renderer) templates() *templates.Set {
	if r.Templates == nil {
		return builtIn()
	}
	return r.Templates
}

func (r Renderer) words() *templates.Words { return r.templates().Words(r.Publication.Language) }

// check refuses an edition that lacks what every email must have.
func (r Renderer) check(e digest.Edition) error {
	if len(e.Articles) == 0 {
		return errors.New("it has no articles")
	}
	for _, a := range e.Articles {
		if line(a.Headline) == "" {
			return fmt.Errorf("article %s has no headline", a.ID)
		}
	}
	return r.checkPublication()
}

func (r Renderer) checkPublication() error {
	switch {
	case line(r.Publication.Name) == "":
		return errors.New("the publication has no name")
	case line(r.Publication.PostalAddress) == "":
		return errors.New("the publication has no postal address")
	}
	if _, err := mail.ParseAddress(r.Publication.From); err != nil {
		return fmt.Errorf("the publication's From %q: %w", r.Publication.From, err)
	}
	return CheckBase(r.Publication.BaseURL)
}

// CheckBase says what is wrong with the base of readers' links, if anything. It must
// be https (RFC 8058 3.1), but for a host that is loopback, which may be http.
func CheckBase(base string) error {
	u, err := url.Parse(base)
	if err != nil || webURL(base) == "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("the base URL %q is not one like https://mail.news.example", base)
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return fmt.Errorf("the base URL %q is http: that is for loopback alone", base)
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (r Renderer) base() string { return strings.TrimRight(webURL(r.Publication.BaseURL), "/") }

func (r Renderer) zone() *time.Location {
	if r.Publication.Zone == nil {
		return time.UTC
	}
	return r.Publication.Zone
}

func (r Renderer) language() string {
	if tag := line(r.Publication.Language); tag != "" {
		return tag
	}
	return "en"
}
