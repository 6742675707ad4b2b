package domain

import (
	"fmt"
	"net/netip"
	"slices"

	"vesper/digest"
)

// ends looks at what becomes of mail from others.
func (s *spf) ends(domain, end string) {
	switch {
	case s.everybody:
		s.say(digest.Fail, "end it with ~all", "SPF of %s lets everybody send (+all): that is worse than none", domain)
	case end == "?":
		s.say(digest.Warn, "end it with ~all", "SPF of %s ends with ?all: it says nothing of who may not send", domain)
	case end == "":
		s.say(digest.Warn, "end it with ~all", "SPF of %s does not end with ~all or -all", domain)
	}
}

// lets looks whether a sender may send, if that can be told.
func (s *spf) lets(domain string, one Sender) {
	for _, a := range one.Addresses {
		if !slices.ContainsFunc(s.allowed, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) }) {
			kind := "ip4"
			if a.Unmap().Is6() {
				kind = "ip6"
			}
			s.say(digest.Fail, fmt.Sprintf("add %s:%s to the record", kind, a.Unmap()),
				"SPF of %s does not let %s send, which this machine sends from", domain, a.Unmap())
		}
	}
	switch {
	case len(one.Addresses) > 0:
	case one.Include == "":
		s.untold = "; whether it lets " + one.Host + " send can't be told"
	case !slices.Contains(s.domains, one.Include):
		s.say(digest.Fail, fmt.Sprintf("add include:%s to the record", one.Include),
			"SPF of %s does not include %s, which %s sends from", domain, one.Include, one.Host)
	}
}
