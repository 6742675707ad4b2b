// Package domain looks up what the DNS says of a domain that sends mail: where its own
// mail goes, who may send for it (SPF, RFC 7208) and what is to become of mail in its
// name that proves nothing (DMARC, RFC 9989).
//
// It finds what an operator has to mend. It decides on no message, and knows nothing of
// keys, relays or configurations.
package domain

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"vesper/digest"
)

// Resolver asks the DNS. [net.Resolver] is one.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// names collects findings about one thing.
type names struct {
	name string
	all  []digest.Finding
}

func (n *names) say(r digest.Result, hint, form string, args ...any) {
	n.all = append(n.all, digest.Finding{Name: n.name, Result: r, Message: fmt.Sprintf(form, args...), Hint: hint})
}

// silent is the hint where the DNS does not answer: nothing is known then.
const silent = "try again; if it stays so, look at /etc/resolv.conf and the domain's name servers"

// missing says that the DNS has answered that there is no such name or record.
func missing(err error) bool {
	not, ok := errors.AsType[*net.DNSError](err)
	return ok && not.IsNotFound
}

// why gives an error of the DNS in a few words, without the server that was asked.
func why(err error) string {
	failed, ok := errors.AsType[*net.DNSError](err)
	switch {
	case !ok:
		return err.Error()
	case failed.IsTimeout:
		return "DNS does not answer in time for " + failed.Name
	}
	return "DNS does not answer for " + failed.Name + ": " + failed.Err
}

// Mail says whether a domain takes mail, as receivers ask before they take mail from it:
// it has an MX (RFC 5321 5.1), or else an address, and no null MX (RFC 7505). Use says
// what it is: "from", "return path".
func Mail(ctx context.Context, dns Resolver, use, domain string) []digest.Finding {
	n := names{name: "mail for " + use}
	mx, err := dns.LookupMX(ctx, domain)
	switch {
	case err != nil && !missing(err):
		n.say(digest.Fail, silent, "%s", why(err))
		return n.all
	case len(mx) == 1 && strings.Trim(mx[0].Host, ".") == "":
		n.say(digest.Fail, fmt.Sprintf("replace the null MX of %s by the server that takes its mail", domain),
			"%s says that it takes no mail (null MX): receivers refuse what comes from it", domain)
		return n.all
	case len(mx) == 0:
		return mailAt(ctx, dns, domain, n)
	}
	known := 0
	for _, one := range mx {
		host := strings.TrimSuffix(one.Host, ".")
		switch found, err := dns.LookupNetIP(ctx, "ip", host); {
		case err != nil && !missing(err):
			n.say(digest.Warn, silent, "MX of %s: %s", domain, why(err))
		case len(found) == 0:
			n.say(digest.Fail, "give "+host+" an A record, or take it out of the MX records",
				"MX of %s is %s, which has no address", domain, host)
		default:
			known++
		}
	}
	if len(n.all) == 0 {
		n.say(digest.OK, "", "%s takes mail at %s", domain, strings.TrimSuffix(mx[0].Host, "."))
	}
	return n.all
}

// mailAt looks for the address that takes a domain's mail where it has no MX.
func mailAt(ctx context.Context, dns Resolver, domain string, n names) []digest.Finding {
	switch found, err := dns.LookupNetIP(ctx, "ip", domain); {
	case err != nil && !missing(err):
		n.say(digest.Fail, silent, "%s", why(err))
	case len(found) == 0:
		n.say(digest.Fail, fmt.Sprintf("publish an MX record for %s, the server that takes its mail", domain),
			"%s has neither an MX nor an address: many receivers refuse what comes from it", domain)
	default:
		n.say(digest.OK, "", "%s takes mail at its own address, without an MX", domain)
	}
	return n.all
}

// Host says whether an address that mail is sent from has a name, and that name the
// address (RFC 1912 2.1). Large receivers refuse mail without one.
func Host(ctx context.Context, dns Resolver, from netip.Addr) []digest.Finding {
	n := names{name: "reverse name"}
	ask := fmt.Sprintf("ask who gave you %s for a PTR record with your mail server's name", from)
	found, err := dns.LookupAddr(ctx, from.String())
	switch {
	case err != nil && !missing(err):
		n.say(digest.Fail, silent, "%s", why(err))
		return n.all
	case len(found) == 0:
		n.say(digest.Fail, ask, "%s has no name in the DNS (PTR)", from)
		return n.all
	}
	name := strings.TrimSuffix(found[0], ".")
	back, err := dns.LookupNetIP(ctx, "ip", name)
	switch {
	case err != nil && !missing(err):
		n.say(digest.Warn, silent, "%s", why(err))
	case !has(back, from):
		n.say(digest.Fail, fmt.Sprintf("give %s an A or AAAA record of %s", name, from),
			"%s is called %s (PTR), and that name has another address", from, name)
	case generic(name, from):
		n.say(digest.Warn, ask, "%s is called %s (PTR): receivers take such a name for a dial-up line", from, name)
	default:
		n.say(digest.OK, "", "%s is %s, both ways", from, name)
	}
	return n.all
}

func has(all []netip.Addr, one netip.Addr) bool {
	for _, a := range all {
		if a.Unmap() == one.Unmap() {
			return true
		}
	}
	return false
}

// generic says whether a name was made of the address by a provider.
func generic(name string, a netip.Addr) bool {
	parts := strings.FieldsFunc(a.Unmap().String(), func(r rune) bool { return r == '.' || r == ':' })
	if len(parts) < 4 {
		return false
	}
	figures := 0
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '-' || r == '_' }) {
		for _, p := range parts {
			if word == p || strings.TrimLeft(word, "0") == p {
				figures++
				break
			}
		}
	}
	return figures >= 3
}
