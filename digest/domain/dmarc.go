package domain

import (
	"context"
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"

	"vesper/digest"
)

// policy is what a domain publishes for DMARC, with where it stands.
type policy struct {
	// at is the domain of the record; "" if there is none in the tree.
	at   string
	tags map[string]string
}

func (p policy) strict(tag string) bool { return strings.EqualFold(p.tags[tag], "s") }

// inForce gives the tag whose policy applies to mail from a domain, and that policy (RFC
// 9989 4.7): a record above it may have another for what is below.
func (p policy) inForce(from string) (tag, value string) {
	if _, there := p.tags["sp"]; there && !strings.EqualFold(p.at, from) {
		return "sp", p.tags["sp"]
	}
	return "p", p.tags["p"]
}

// mostQueries is how many names are asked for in one walk up the tree (RFC 9989 4.10).
const mostQueries = 8

// walk gives the names to ask in turn: the domain, and each parent. Of a name with more
// than eight labels those between are left out.
func walk(domain string) []string {
	labels := strings.Split(strings.ToLower(domain), ".")
	all := []string{strings.Join(labels, ".")}
	if len(labels) > mostQueries {
		labels = labels[len(labels)-mostQueries+1:]
		all = append(all, strings.Join(labels, "."))
	}
	for len(labels) > 1 {
		labels = labels[1:]
		all = append(all, strings.Join(labels, "."))
	}
	return all
}

// dmarc reads the record of one name. Several count as none (RFC 9989 4.10).
func dmarc(ctx context.Context, dns Resolver, domain string) (tags map[string]string, several int, err error) {
	all, err := dns.LookupTXT(ctx, "_dmarc."+domain)
	if err != nil && !missing(err) {
		return nil, 0, err
	}
	var found []map[string]string
	for _, text := range all {
		if t, ok := parseDMARC(text); ok {
			found = append(found, t)
		}
	}
	if len(found) != 1 {
		return nil, len(found), nil
	}
	return found[0], 1, nil
}

// parseDMARC reads the tags of a record; false for a text that is none.
func parseDMARC(text string) (map[string]string, bool) {
	tags := map[string]string{}
	for i, part := range strings.Split(text, ";") {
		name, value, ok := strings.Cut(part, "=")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if i == 0 && (name != "v" || value != "DMARC1") {
			return nil, false
		}
		if _, twice := tags[name]; ok && !twice {
			tags[name] = value
		}
	}
	return tags, true
}

// organisation gives the domain that others must share to be aligned in the relaxed way,
// and the policy in force, by a walk up the tree (RFC 9989 4.10.1, 4.10.2).
func organisation(ctx context.Context, dns Resolver, domain string) (org string, p policy, several int, err error) {
	org = strings.ToLower(domain)
	below := ""
	for i, name := range walk(domain) {
		tags, n, err := dmarc(ctx, dns, name)
		if err != nil {
			return org, p, several, err
		}
		if n > 1 {
			several = n
		}
		if tags != nil {
			if p.at == "" {
				p = policy{name, tags}
			}
			switch {
			case strings.EqualFold(tags["psd"], "n"):
				return name, p, several, nil
			case strings.EqualFold(tags["psd"], "y") && i > 0:
				return below, p, several, nil
			}
			org = name
		}
		below = name
	}
	return org, p, several, nil
}

// Names are those by which a message shows whose it is.
type Names struct {
	// From is the domain of From, ReturnPath that of the envelope's sender, Signing the
	// d= of its signature; "" if the relay signs.
	From, ReturnPath, Signing string
}

// DMARC says whether the domain of From has a policy that receivers can read, and whether
// mail with these names passes by it.
func DMARC(ctx context.Context, dns Resolver, n Names) []digest.Finding {
	f := &names{name: "DMARC"}
	org, p, several, err := organisation(ctx, dns, n.From)
	switch {
	case err != nil:
		f.say(digest.Fail, silent, "%s", why(err))
		return f.all
	case several > 1:
		f.say(digest.Fail, "keep one of them", "%s has %d DMARC records: receivers then use none", n.From, several)
		return f.all
	case p.at == "":
		f.say(digest.Fail, fmt.Sprintf(`publish a TXT record for _dmarc.%s: "v=DMARC1; p=none; rua=mailto:…"`, n.From),
			"%s has no DMARC record, nor has a domain above it: Gmail and Yahoo ask senders of many for one", n.From)
		return f.all
	}
	p.tagsOf(f, n.From)
	reports(ctx, dns, f, p, org)
	if len(f.all) == 0 {
		tag, value := p.inForce(n.From)
		f.say(digest.OK, "", "%s has a record, with %s=%s", p.at, tag, value)
	}
	return append(f.all, aligned(ctx, dns, n, org, p)...)
}

// gone are tags that RFC 9989 has taken out, and what to do in their place.
var gone = map[string]string{
	"pct": "take it out; t=y is for a test of the policy", "rf": "take it out", "ri": "take it out",
}

// tagsOf looks at the tags of a record.
func (p policy) tagsOf(f *names, from string) {
	policies := []string{"none", "quarantine", "reject"}
	for _, tag := range []string{"p", "sp", "np"} {
		value, there := p.tags[tag]
		switch {
		case tag == "p" && !there:
			f.say(digest.Fail, `add p=none after v=DMARC1`, "the DMARC record of %s has no p=", p.at)
		case there && !slices.Contains(policies, strings.ToLower(value)):
			f.say(digest.Fail, "none, quarantine or reject", "the DMARC record of %s has %s=%s", p.at, tag, value)
		}
	}
	for _, tag := range []string{"pct", "rf", "ri"} {
		if value, there := p.tags[tag]; there {
			f.say(digest.Warn, gone[tag], "the DMARC record of %s has %s=%s, which is no longer part of DMARC (RFC 9989)",
				p.at, tag, value)
		}
	}
	for _, tag := range []string{"adkim", "aspf"} {
		if v := strings.ToLower(p.tags[tag]); v != "" && v != "r" && v != "s" {
			f.say(digest.Warn, "r or s", "the DMARC record of %s has %s=%s", p.at, tag, v)
		}
	}
	if strings.EqualFold(p.tags["t"], "y") {
		f.say(digest.Warn, "take t=y out when the reports show only your own mail",
			"the DMARC record of %s has t=y: receivers apply a weaker policy", p.at)
	}
}

// reports looks at where reports go. Another organisation must say that it takes them.
func reports(ctx context.Context, dns Resolver, f *names, p policy, org string) {
	rua, there := p.tags["rua"]
	if !there {
		f.say(digest.Warn, "add rua=mailto: and a mailbox of yours",
			"the DMARC record of %s names nobody who gets reports (rua)", p.at)
		return
	}
	for one := range strings.SplitSeq(rua, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		var to *mail.Address
		if err == nil && u.Scheme == "mailto" {
			to, err = mail.ParseAddress(strings.Split(u.Opaque, "!")[0])
		}
		if err != nil || to == nil {
			f.say(digest.Warn, "write rua=mailto: and a mailbox", "rua in the DMARC record of %s is no mailto: address", p.at)
			continue
		}
		host := strings.ToLower(to.Address[strings.LastIndexByte(to.Address, '@')+1:])
		if host == org || strings.HasSuffix(host, "."+org) {
			continue
		}
		name := p.at + "._report._dmarc." + host
		said, err := dns.LookupTXT(ctx, name)
		takes := slices.ContainsFunc(said, func(t string) bool { _, ok := parseDMARC(t); return ok })
		if !takes && (err == nil || missing(err)) {
			f.say(digest.Warn, fmt.Sprintf(`its owner publishes a TXT record for %s: "v=DMARC1"`, name),
				"reports go to %s, which does not say that it takes them: none will come", host)
		}
	}
}
