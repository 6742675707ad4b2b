package main

import (
	"fmt"
	"net/mail"
	"strings"

	"vesper/digest/dkim"
	"vesper/subscribers"
)

func (k *checker) relays() {
	if len(k.Relay) == 0 {
		k.bad("relay", "there is no [[relay]]", `name the SMTP server that takes the mail: [[relay]] and host = "smtp.news.example"`)
	}
	for i, r := range k.config.relays().Relays {
		key := fmt.Sprintf("relay.%d", i)
		if r.Host == "" {
			k.bad(key+".host", "host is missing from [[relay]]", `host = "smtp.news.example"`)
			continue
		}
		if r.Connections < 1 || r.Connections > 100 {
			k.bad(key+".connections", fmt.Sprintf("connections = %d is not from 1 to 100", r.Connections), "")
		}
		if err := r.Validate(); err != nil {
			k.bad(key+"."+relayKey(err.Error()), err.Error(), "")
		}
	}
}

// relayKey guesses the key that a flaw of a relay is about, for its line.
func relayKey(problem string) string {
	for _, word := range []struct{ in, key string }{
		{"port", "port"}, {"tls", "tls"}, {"AUTH", "auth"}, {"password", "password_file"}, {"rate", "rate"}, {"host", "host"}, {"name or IP", "host"},
	} {
		if strings.Contains(problem, word.in) {
			return word.key
		}
	}
	return "host"
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
	local, domain, _ := strings.Cut(d.ReturnPath, "@")
	a, err := subscribers.ParseAddress(strings.ReplaceAll(d.ReturnPath, "{token}", token))
	if err != nil || a.International() || strings.Count(local, "{token}") != 1 || strings.Contains(domain, "{") {
		k.bad("delivery.return_path", fmt.Sprintf("return_path %q is no address with {token} once before the @", d.ReturnPath), `such as "bounces+{token}@bounce.news.example"`)
		return
	}
	if from := k.senderDomain(); from != "" && !strings.HasSuffix("."+a.Domain(), "."+from) {
		k.warn("delivery.return_path", fmt.Sprintf("return_path is not under %s, the domain of from: receivers mark such mail down", from), fmt.Sprintf("return_path = \"bounces+{token}@bounce.%s\"", from))
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
	if _, set := k.lines["admin.listen"]; set {
		k.warn("admin.listen", "this version has no /healthz and /metrics yet", "")
	}
}
