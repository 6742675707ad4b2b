package main

import (
	"cmp"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"vesper/digest"
	"vesper/digest/publish"
	"vesper/digest/render"
	"vesper/subscribers"
)

// derive writes addresses as they go over the wire and fills in what follows
// from the sender's domain: for news.example the site, the readers' pages and
// the return path are at www., mail. and bounce.
func (c *config) derive() {
	p := &c.Publication
	p.From, p.ReplyTo = wireMailbox(p.From), wireMailbox(p.ReplyTo)
	domain := "news.example"
	if from, err := mail.ParseAddress(p.From); err == nil {
		domain = from.Address[strings.LastIndexByte(from.Address, '@')+1:]
	}
	p.URL = cmp.Or(p.URL, "https://www."+domain+"/")
	c.Web.BaseURL = strings.TrimRight(cmp.Or(c.Web.BaseURL, "https://mail."+domain), "/")
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

// check gives all that makes the configuration unusable, in the file's order.
func (c *config) check() []*digest.Flaw {
	k := &checker{config: c}
	k.publication()
	k.editions()
	k.appearance()
	k.pages()
	k.relays()
	k.delivery()
	k.dkim()
	k.later()
	slices.SortStableFunc(k.flaws, func(a, b *digest.Flaw) int { return cmp.Compare(a.Line, b.Line) })
	return k.flaws
}

type checker struct {
	*config
	flaws []*digest.Flaw
}

func (k *checker) bad(key, problem, hint string) {
	k.flaws = append(k.flaws, k.flaw(key, problem, hint))
}

func (k *checker) warn(key, problem, hint string) {
	k.warnings = append(k.warnings, k.flaw(key, problem, hint))
}

func (k *checker) required(key, value, hint string) bool {
	if strings.TrimSpace(value) != "" {
		return true
	}
	section, name, _ := strings.Cut(key, ".")
	k.bad(key, fmt.Sprintf("%s is missing from [%s]", name, section), hint)
	return false
}

var languageForm = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

func (k *checker) publication() {
	p := k.Publication
	if k.required("publication.name", p.Name, `name = "Your paper"`) {
		k.short("publication.name", "name", p.Name)
	}
	if k.required("publication.from", p.From, `from = "Your paper <evening@news.example>"`) {
		k.mailbox("publication.from", "from", p.From)
	}
	if p.ReplyTo != "" {
		k.mailbox("publication.reply_to", "reply_to", p.ReplyTo)
	}
	if k.required("publication.postal_address", p.PostalAddress, "the law asks for a postal address in every email; without one nothing is sent") &&
		strings.ContainsFunc(p.PostalAddress, control) {
		k.bad("publication.postal_address", "postal_address has a control character in it", "write it on one line")
	}
	k.link("publication.url", "url", p.URL)
	if !languageForm.MatchString(p.Language) {
		k.bad("publication.language", fmt.Sprintf("language %q is no language tag", p.Language), `such as "en" or "pt-BR"`)
	}
	if _, err := time.LoadLocation(p.Timezone); err != nil || p.Timezone == "" || p.Timezone == "Local" {
		k.bad("publication.timezone", fmt.Sprintf("timezone %q is not known", p.Timezone), `such as "America/New_York"`)
	}
}

func control(r rune) bool { return r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 }

func (k *checker) mailbox(key, name, value string) {
	var a subscribers.Address
	m, err := mail.ParseAddress(value)
	if err == nil {
		a, err = subscribers.ParseAddress(m.Address)
	}
	switch {
	case err != nil || strings.ContainsFunc(value, control):
		k.bad(key, fmt.Sprintf("%s %q is no mailbox", name, value), `such as "Your paper <evening@news.example>"`)
	case a.International():
		k.bad(key, fmt.Sprintf("%s %q has letters before the @ that most readers' servers refuse", name, value), "use a to z there")
	}
}

// short checks a text that stands in header fields.
func (k *checker) short(key, name, value string) {
	switch {
	case strings.ContainsFunc(value, control):
		k.bad(key, name+" has a control character in it", "write it on one line")
	case utf8.RuneCountInString(value) > maxName:
		k.bad(key, fmt.Sprintf("%s is longer than %d characters", name, maxName), "")
	}
}

// maxName bounds names and titles, in characters: a List-Id has at most 255
// octets (RFC 2919 2).
const maxName = 60

// link checks a URL that readers follow.
func (k *checker) link(key, name, value string) bool {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		k.bad(key, fmt.Sprintf("%s %q is no web address", name, value), `such as "https://www.news.example/"`)
		return false
	}
	return true
}

func (k *checker) editions() {
	zone, err := time.LoadLocation(k.Publication.Timezone)
	if err != nil {
		zone = time.UTC
	}
	seen := map[string]bool{}
	for i, e := range k.Edition {
		key := fmt.Sprintf("edition.%d.", i)
		if !digest.SlotName.MatchString(e.Slot) {
			k.bad(key+"slot", fmt.Sprintf("slot %q is no slot name", e.Slot), `a few small letters, such as "evening"`)
		}
		if seen[e.Slot] {
			k.bad(key+"slot", fmt.Sprintf("there are two editions with the slot %q", e.Slot), "give each its own")
		}
		seen[e.Slot] = true
		if strings.TrimSpace(e.Title) == "" {
			k.bad(key+"title", "title is empty", "")
		}
		k.short(key+"title", "title", e.Title)
		if _, err := publish.ParseTimetable(e.Schedule, zone); err != nil {
			k.bad(key+"schedule", "schedule "+err.Error(), "")
		}
		if e.MinArticles < 1 {
			k.bad(key+"min_articles", "min_articles is less than 1", "an empty edition is never sent")
		}
		if e.MaxArticles < e.MinArticles {
			k.bad(key+"max_articles", "max_articles is less than min_articles", "")
		}
		if e.Grace < 0 {
			k.bad(key+"grace", "grace is negative", "")
		}
		if e.MaxAge <= 0 {
			k.bad(key+"max_age", "max_age is not more than nothing", "")
		}
	}
	if k.Layout.Lead < 0 || k.Layout.Stories < 0 {
		k.bad("layout", "lead or stories is negative", "")
	}
}

func (k *checker) pages() {
	k.proxies()
	if err := render.CheckBase(k.Web.BaseURL); err != nil {
		k.bad("web.base_url", err.Error(), "the address at which readers reach the pages, with https and nothing after the host but a path")
	} else if strings.HasSuffix(k.Web.BaseURL, ".example") {
		k.warn("web.base_url", "base_url "+k.Web.BaseURL+" is an example: readers can't unsubscribe there", "set base_url in [web] to where the readers' pages are reached")
	}
	for _, l := range []struct{ section, listen string }{{"web", k.Web.Listen}, {"admin", k.Admin.Listen}} {
		if _, err := net.ResolveTCPAddr("tcp", l.listen); err != nil || !strings.Contains(l.listen, ":") {
			k.bad(l.section+".listen", fmt.Sprintf("listen %q is not HOST:PORT", l.listen), `such as "127.0.0.1:8025"`)
		}
	}
	if a := k.Desk.ArticleURL; a != "" {
		k.link("desk.article_url", "article_url", strings.ReplaceAll(a, "{slug}", "slug"))
	}
	for _, p := range []struct{ key, name, path string }{{"database.path", "path", k.Database.Path}, {"desk.dir", "dir", k.Desk.Dir}} {
		if p.path == "" {
			k.bad(p.key, p.name+" is empty", "")
		}
	}
	if info, err := os.Stat(k.path(k.Database.Path)); err == nil && !info.Mode().IsRegular() {
		k.bad("database.path", fmt.Sprintf("path %q is not a file", k.Database.Path), `such as "vesper.db"`)
	}
}
