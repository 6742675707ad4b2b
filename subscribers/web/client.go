package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// client gives the address that a request came from, the zero value if it can't be
// told. Each proxy adds to the end of X-Forwarded-For who called it. So we read it
// from the right as long as the caller is a trusted proxy; the first other address
// is the client's.
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

// parseHop reads an address. Some proxies add a port to it.
func parseHop(text string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return plain(a), true
	}
	at, err := netip.ParseAddrPort(text)
	return plain(at.Addr()), err == nil
}

// plain is an address in its one form, without the zone of a link.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// network gives the network that shares one limit: a /24 of IPv4 or a /56 of IPv6,
// as a household or an office has it.
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

// told gives an address as text, "" for the zero value.
func told(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
