package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// client gives the address that a request came from. What X-Forwarded-For says is
// believed as far as trusted proxies have written it: each notes at the end whom
// it heard, so the rightmost address that is not a proxy's is the client's. The
// zero value is for one that cannot be known.
func (s *site) client(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	from := plain(at.Addr())
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !s.trusted(from) {
			return from
		}
		before, ok := parseHop(strings.TrimSpace(hop))
		if !ok {
			return from
		}
		from = before
	}
	return from
}

func (s *site) trusted(a netip.Addr) bool {
	return slices.ContainsFunc(s.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// parseHop reads an address with or without a port, which some proxies add.
func parseHop(text string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return plain(a), true
	}
	at, err := netip.ParseAddrPort(text)
	return plain(at.Addr()), err == nil
}

// plain is an address in its one form, without the zone of a link.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// network is what shares a limit: a /24 of IPv4 or a /56 of IPv6, which is what a
// household or an office has.
func network(a netip.Addr) netip.Prefix {
	bits := 56
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// told gives an address as text, and nothing for one that is not known.
func told(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
