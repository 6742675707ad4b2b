package web

import (
	"net/http"
	"net/netip"
	"net/url"
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

// counted gives the client whose sign-ups count together, the zero value where nobody
// knows. A proxy that does not say for whom it asks is not one client, and neither is
// loopback, unless the pages are reached there.
func (s *site) counted(r *http.Request) netip.Addr {
	from := s.client(r)
	if s.trusted(from) || from.IsLoopback() && !s.local() {
		return netip.Addr{}
	}
	return from
}

// local says whether readers reach the pages on this machine alone.
func (s *site) local() bool {
	at, err := url.Parse(s.Publication.BaseURL)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(at.Hostname())
	return at.Hostname() == "localhost" || err == nil && a.IsLoopback()
}

// told gives an address as text, "" for the zero value.
func told(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
