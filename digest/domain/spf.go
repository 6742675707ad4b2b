package domain

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"vesper/digest"
)

// mostLookups is how many terms of an SPF record may ask the DNS, and mostVoid how many
// of those may find nothing (RFC 7208 4.6.4). Beyond it receivers take the record as
// broken.
const (
	mostLookups = 10
	mostVoid    = 2
	// mostFollowed ends the look at a record that goes on for ever.
	mostFollowed = 40
)

// Sender is who delivers the mail to the world.
type Sender struct {
	// Host is the relay's name, as it is configured.
	Host string
	// Addresses are those that mail is sent from, if they are known.
	Addresses []netip.Addr
	// Include is what an SPF record has to include for this sender, "" if nobody knows.
	Include string
}

// SPF says whether the domain of the return path has one SPF record that receivers can
// use, and that lets these senders send.
func SPF(ctx context.Context, dns Resolver, domain string, senders []Sender) []digest.Finding {
	s := &spf{ctx: ctx, dns: dns, names: names{name: "SPF"}}
	text, ok := s.record(domain)
	if !ok {
		return s.all
	}
	end := s.follow(domain, text, nil)
	if s.lookups > mostLookups {
		s.say(digest.Fail, "take out what no longer sends for you, or write addresses in place of names",
			"SPF of %s asks the DNS %d times; receivers stop at %d and refuse it", domain, s.lookups, mostLookups)
	}
	if s.void > mostVoid {
		s.say(digest.Fail, "take the names out that are not there any more",
			"SPF of %s names %d hosts that the DNS does not know; receivers stop at %d", domain, s.void, mostVoid)
	}
	s.ends(domain, end)
	for _, one := range senders {
		s.lets(domain, one)
	}
	if len(s.all) == 0 {
		s.say(digest.OK, "", "%s has one record, of %s, that ends with %sall%s", domain, lookups(s.lookups), end, s.untold)
	}
	return s.all
}

func lookups(n int) string {
	if n == 1 {
		return "1 look-up"
	}
	return fmt.Sprintf("%d look-ups", n)
}

// spf is a record that is being read, with what it includes.
type spf struct {
	names
	ctx           context.Context
	dns           Resolver
	lookups, void int
	// domains are those whose records were read, allowed the addresses that may send.
	domains []string
	allowed []netip.Prefix
	// everybody says that the record lets anybody send.
	everybody bool
	untold    string
}

// record gives the one SPF record of a domain.
func (s *spf) record(domain string) (string, bool) {
	all, err := s.dns.LookupTXT(s.ctx, domain)
	if err != nil && !missing(err) {
		s.say(digest.Fail, silent, "SPF: %s", why(err))
		return "", false
	}
	found := slices.DeleteFunc(slices.Clone(all), func(t string) bool {
		version, _, _ := strings.Cut(t, " ")
		return !strings.EqualFold(version, "v=spf1")
	})
	switch {
	case len(found) == 1:
		return found[0], true
	case len(found) > 1:
		s.say(digest.Fail, "make one record of them", "%s has %d SPF records: receivers then use none", domain,
			len(found))
	case s.lookups > 0:
		s.void++
		s.say(digest.Fail, "take it out of the record, or ask its owner",
			"SPF names %s, which has no SPF record: receivers then refuse yours", domain)
	default:
		s.say(digest.Fail,
			fmt.Sprintf(`publish a TXT record for %s: "v=spf1 include:… ~all", with what your relay's owner says`,
				domain), "%s has no SPF record: large receivers refuse its mail", domain)
	}
	return "", false
}

// follow reads a record and what it includes, and gives the qualifier of its all: "" if
// there is none.
func (s *spf) follow(domain, text string, above []string) (end string) {
	above = append(slices.Clone(above), domain)
	s.domains = append(s.domains, domain)
	redirect := ""
	for _, term := range strings.Fields(text)[1:] {
		t := parseTerm(term)
		if t.name == "redirect" && t.modifier {
			redirect = t.value
			continue
		}
		switch {
		case t.modifier:
			continue
		case !t.known():
			s.say(digest.Fail, correct, "SPF of %s has %q, which is no term of SPF", domain, term)
			continue
		case t.name == "all":
			end = t.qualifier
			if t.qualifier == "+" {
				s.everybody = true
			}
		}
		s.term(t, domain, above)
	}
	if redirect == "" || end != "" {
		return end
	}
	return s.other(redirect, above)
}

// correct is the hint where the record has an error.
const correct = "correct it: receivers refuse the whole record"

// term counts what a term asks for, and takes the addresses that it lets send.
func (s *spf) term(t term, domain string, above []string) {
	if t.name == "ip4" || t.name == "ip6" {
		p, ok := t.network()
		if !ok {
			s.say(digest.Fail, correct, "SPF of %s has %q, which is no address",
				domain, t.text)
		} else if t.qualifier == "+" {
			s.allowed = append(s.allowed, p)
		}
		return
	}
	if t.name == "all" {
		return
	}
	if t.name == "include" {
		if len(t.value) == 0 {
			s.say(digest.Fail, correct, "SPF of %s has an include of nothing",
				domain)
			return
		}
		s.other(t.value, above)
		return
	}
	s.lookups++
	switch t.name {
	case "ptr":
		s.say(digest.Warn, "write ip4: or a: in its place", "SPF of %s has ptr, which is not to be used (RFC 7208 5.5)",
			domain)
	case "a", "mx":
		if s.lookups <= mostFollowed && !strings.Contains(t.value, "%") {
			s.addresses(t, domain)
		}
	}
}

// other follows the record of another domain.
func (s *spf) other(domain string, above []string) string {
	s.lookups++
	switch {
	case strings.Contains(domain, "%"), s.lookups > mostFollowed:
		// A macro stands for what only the receiver knows.
		return ""
	case slices.Contains(above, domain):
		s.say(digest.Fail, "take one of the two out", "SPF of %s includes itself", domain)
		return ""
	}
	text, ok := s.record(domain)
	if !ok {
		return ""
	}
	return s.follow(domain, text, above)
}

// addresses takes those of a host, or of the servers that take a domain's mail.
func (s *spf) addresses(t term, domain string) {
	of, bits, _ := strings.Cut(t.value, "/")
	if of == "" {
		of = domain
	}
	hosts := []string{of}
	if t.name == "mx" {
		hosts = nil
		all, err := s.dns.LookupMX(s.ctx, of)
		if missing(err) || err == nil && len(all) == 0 {
			s.void++
		}
		for _, one := range all {
			hosts = append(hosts, strings.TrimSuffix(one.Host, "."))
		}
	}
	for _, host := range hosts {
		found, err := s.dns.LookupNetIP(s.ctx, "ip", host)
		if t.name == "a" && (missing(err) || err == nil && len(found) == 0) {
			s.void++
		}
		for _, a := range found {
			if p, ok := within(a.Unmap(), bits); ok && t.qualifier == "+" {
				s.allowed = append(s.allowed, p)
			}
		}
	}
}
