package main

import (
	"cmp"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"vesper/digest"
	"vesper/digest/dkim"
	"vesper/digest/publish"
	"vesper/subscribers"
)

// derive fills in what follows from the sender's domain: for news.example the
// site, the readers' pages and the return path are at www., mail. and bounce.
func (c *config) derive() {
	domain := "news.example"
	if from, err := mail.ParseAddress(c.Publication.From); err == nil {
		domain = from.Address[strings.LastIndexByte(from.Address, '@')+1:]
	}
	c.Publication.URL = cmp.Or(c.Publication.URL, "https://www."+domain+"/")
	c.Web.BaseURL = strings.TrimRight(cmp.Or(c.Web.BaseURL, "https://mail."+domain), "/")
	c.Delivery.ReturnPath = cmp.Or(c.Delivery.ReturnPath, "bounces+{token}@bounce."+domain)
}

// check gives all that makes the configuration unusable, in the file's order.
func (c *config) check() []*digest.Flaw {
	k := &checker{config: c}
	k.publication()
	k.editions()
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
	if k.required("publication.name", p.Name, `name = "Your paper"`) && strings.ContainsFunc(p.Name, control) {
		k.bad("publication.name", "name has a control character in it", "")
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
	a, err := mail.ParseAddress(value)
	if err == nil {
		_, err = subscribers.ParseAddress(a.Address)
	}
	if err != nil || strings.ContainsFunc(value, control) {
		k.bad(key, fmt.Sprintf("%s %q is no mailbox", name, value), `such as "Your paper <evening@news.example>"`)
	}
}

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
		if strings.TrimSpace(e.Title) == "" || strings.ContainsFunc(e.Title, control) {
			k.bad(key+"title", "title is empty or has a control character in it", "")
		}
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
	if k.link("web.base_url", "base_url", k.Web.BaseURL) {
		if u, _ := url.Parse(k.Web.BaseURL); u.Scheme == "http" && !loopback(u.Hostname()) {
			k.bad("web.base_url", "base_url is http: readers' links need https", "http is for loopback alone")
		}
		if strings.HasSuffix(k.Web.BaseURL, ".example") {
			k.warn("web.base_url", "base_url "+k.Web.BaseURL+" is an example: readers can't unsubscribe there", "set base_url in [web] to where the readers' pages are reached")
		}
	}
	for _, l := range []struct{ section, listen string }{{"web", k.Web.Listen}, {"admin", k.Admin.Listen}} {
		if _, _, err := net.SplitHostPort(l.listen); err != nil {
			k.bad(l.section+".listen", fmt.Sprintf("listen %q is not HOST:PORT", l.listen), `such as "127.0.0.1:8025"`)
		}
	}
	if a := k.Desk.ArticleURL; a != "" {
		k.link("desk.article_url", "article_url", strings.ReplaceAll(a, "{slug}", "slug"))
	}
}

func (k *checker) relays() {
	if len(k.Relay) == 0 {
		k.bad("relay", "there is no [[relay]]", `name the SMTP server that takes the mail: [[relay]] and host = "smtp.news.example"`)
	}
	for i, r := range k.Relay {
		key := fmt.Sprintf("relay.%d.", i)
		if strings.TrimSpace(r.Host) == "" {
			k.bad(key+"host", "host is missing from [[relay]]", `host = "smtp.news.example"`)
		}
		if r.Port < 1 || r.Port > 65535 {
			k.bad(key+"port", fmt.Sprintf("port %d is no port", r.Port), "587 for tls = \"required\", 465 for tls = \"implicit\"")
		}
		if !slices.Contains([]string{"required", "implicit", "none"}, r.TLS) {
			k.bad(key+"tls", fmt.Sprintf("tls %q is none of required, implicit and none", r.TLS), "")
		}
		if r.TLS == "none" && !loopback(r.Host) {
			k.bad(key+"tls", fmt.Sprintf("tls = \"none\" would send in the clear to %s", r.Host), "none is for a relay on loopback alone")
		}
		if r.Connections < 1 || r.Connections > 100 {
			k.bad(key+"connections", fmt.Sprintf("connections = %d is not from 1 to 100", r.Connections), "")
		}
		if r.Rate < 0 {
			k.bad(key+"rate", "rate is negative", "0 means no limit")
		}
	}
}

// loopback says whether a host name is this machine's own.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (k *checker) delivery() {
	d := k.Delivery
	if d.InDoubt != "resend" && d.InDoubt != "hold" {
		k.bad("delivery.in_doubt", fmt.Sprintf("in_doubt %q is neither resend nor hold", d.InDoubt), "")
	}
	if d.GiveUpAfter <= 0 {
		k.bad("delivery.give_up_after", "give_up_after is not more than nothing", "")
	}
	// A token is as long as this one.
	token := subscribers.Key{}.ReturnPath(0, 0)
	if _, err := subscribers.ParseAddress(strings.ReplaceAll(d.ReturnPath, "{token}", token)); err != nil || strings.Count(d.ReturnPath, "{token}") != 1 {
		k.bad("delivery.return_path", fmt.Sprintf("return_path %q is no address with {token} before the @", d.ReturnPath), `such as "bounces+{token}@bounce.news.example"`)
	}
}

// dkim checks in whose name mail is signed. The keys are read by whoever signs.
func (k *checker) dkim() {
	d := k.DKIM
	if !dkim.ValidSelector(d.Selector) {
		k.bad("dkim.selector", fmt.Sprintf("selector %q is none", d.Selector), `a few small letters and digits, such as "v1"`)
	}
	from := k.senderDomain()
	if d.Domain == "" {
		if d.KeyFile != "" || d.Ed25519 != "" {
			k.bad("dkim.domain", "domain is missing from [dkim]", fmt.Sprintf("domain = %q; without it nothing is signed", from))
		}
		return
	}
	if !dkim.ValidDomain(d.Domain) {
		k.bad("dkim.domain", fmt.Sprintf("domain %q is no domain name", d.Domain), "in lower case, and in its ASCII form (xn--…)")
		return
	}
	// Receivers count a signature for From's domain or a parent of it (RFC 9989 4.4).
	if from != "" && !strings.HasSuffix("."+from, "."+d.Domain) {
		k.bad("dkim.domain", fmt.Sprintf("domain %q is neither the domain of from, %s, nor a parent of it", d.Domain, from), fmt.Sprintf("domain = %q", from))
	}
}

// senderDomain gives the domain of from in its ASCII form; "" if there is none.
func (c *config) senderDomain() string {
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

// later warns of what this version reads and does not act on.
func (k *checker) later() {
	if len(k.Feed) > 0 {
		k.warn("feed.0", "feeds are not fetched by this version", "put articles on the desk as files")
	}
}
