package config

import (
	"cmp"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"

	"vesper/subscribers"
)

// Publication is [publication]: who sends.
type Publication struct {
	// Name is what the paper is called, in at most 60 characters. Required.
	Name string `toml:"name"`
	// From is the mailbox that editions and letters come from, with a display name:
	// "Newslooks <evening@news.example>". Required. Its part before the @ is ASCII; an
	// international domain is written in its ASCII form when it is read.
	From string `toml:"from"`
	// ReplyTo is the mailbox that answers go to; it may be that of From. Editions then say
	// that they reach the desk, unless its name is that of one that nobody reads, such as
	// noreply. Default: empty, they go to From, and nothing is said.
	ReplyTo string `toml:"reply_to"`
	// URL is the paper's own site, http or https. Default: https://www. and From's
	// domain.
	URL string `toml:"url"`
	// PrivacyURL is the page that says what the paper keeps of its readers and why, http
	// or https. The sign-up page and every footer link to it. Default: empty, no link.
	PrivacyURL string `toml:"privacy_url"`
	// PostalAddress stands in the footer of every email, on one line: the law asks for
	// it. Required.
	PostalAddress string `toml:"postal_address"`
	// Language is the tag (BCP 47) of the language that the paper is written in.
	// Default: "en".
	Language string `toml:"language"`
	// Timezone is the zone of dates and schedules, by its name in the IANA database.
	// Default: "America/New_York".
	Timezone string `toml:"timezone"`
}

// Complete writes addresses as they go over the wire and fills in what follows
// from the sender's domain: for news.example the site, the readers' pages and the
// return path are at www., mail. and bounce. [Load] does it.
func (c *Config) Complete() {
	p := &c.Publication
	p.From, p.ReplyTo = wireMailbox(p.From), wireMailbox(p.ReplyTo)
	domain := "news.example"
	if from, err := mail.ParseAddress(p.From); err == nil {
		domain = from.Address[strings.LastIndexByte(from.Address, '@')+1:]
	}
	p.URL, p.PrivacyURL = wireURL(cmp.Or(p.URL, "https://www."+domain+"/")), wireURL(p.PrivacyURL)
	c.Web.BaseURL = wireURL(strings.TrimRight(cmp.Or(c.Web.BaseURL, "https://mail."+domain), "/"))
	c.Desk.ArticleURL = wireURL(c.Desk.ArticleURL)
	c.Delivery.ReturnPath = cmp.Or(c.Delivery.ReturnPath, "bounces+{token}@bounce."+domain)
	if a, err := subscribers.ParseAddress(c.Delivery.ReturnPath); err == nil {
		c.Delivery.ReturnPath = a.Mailbox()
	}
}

// wireMailbox writes the domain of a mailbox in ASCII. What is no mailbox stays
// as it is, for the check to say so.
func wireMailbox(value string) string {
	m, err := mail.ParseAddress(value)
	if err != nil {
		return value
	}
	a, err := subscribers.ParseAddress(m.Address)
	if err != nil || a.Mailbox() == m.Address {
		return value
	}
	return (&mail.Address{Name: m.Name, Address: a.Mailbox()}).String()
}

// wireURL writes the domain of a URL in ASCII, as emails need it. What is no web address
// stays as it is, for the check to say so.
func wireURL(value string) string {
	u, err := url.Parse(value)
	if err != nil || !strings.ContainsFunc(u.Hostname(), func(r rune) bool { return r > unicode.MaxASCII }) {
		return value
	}
	a, err := subscribers.ParseAddress("site@" + u.Hostname())
	if err != nil {
		return value
	}
	return strings.Replace(value, u.Hostname(), a.Domain(), 1)
}

// SenderDomain gives the domain of From, in small letters and its ASCII form; ""
// if there is none.
func (c *Config) SenderDomain() string {
	from, err := mail.ParseAddress(c.Publication.From)
	if err != nil {
		return ""
	}
	a, err := subscribers.ParseAddress(from.Address)
	if err != nil {
		return ""
	}
	return strings.ToLower(a.Domain())
}

var languageForm = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

func checkPublication(c *Config, r *Report) {
	p := c.Publication
	if r.required("publication.name", p.Name, `name = "Your paper"`) {
		r.short("publication.name", "name", p.Name)
	}
	if r.required("publication.from", p.From, `from = "Your paper <evening@news.example>"`) {
		r.mailbox("publication.from", "from", p.From)
	}
	if p.ReplyTo != "" {
		r.mailbox("publication.reply_to", "reply_to", p.ReplyTo)
	}
	const law = "the law requires a postal address in every email; without one nothing is sent"
	const address = "publication.postal_address"
	if r.required(address, p.PostalAddress, law) && strings.ContainsFunc(p.PostalAddress, control) {
		r.Flaw(address, "postal_address has a control character in it", "write it on one line")
	}
	r.link("publication.url", "url", p.URL)
	if p.PrivacyURL != "" {
		r.link("publication.privacy_url", "privacy_url", p.PrivacyURL)
	}
	if !languageForm.MatchString(p.Language) {
		r.Flaw("publication.language", fmt.Sprintf("language %q is not a language tag", p.Language),
			`such as "en" or "pt-BR"`)
	}
	if _, err := time.LoadLocation(p.Timezone); err != nil || p.Timezone == "" || p.Timezone == "Local" {
		r.Flaw("publication.timezone", fmt.Sprintf("timezone %q is not known", p.Timezone),
			`such as "America/New_York"`)
	}
}
