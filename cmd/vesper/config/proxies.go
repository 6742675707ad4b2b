package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Proxies gives TrustedProxies as networks; what is none is left out. A
// configuration that was checked has only networks there.
func (c *Config) Proxies() []netip.Prefix {
	var all []netip.Prefix
	for _, text := range c.Web.TrustedProxies {
		if p, err := proxy(text); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// proxy reads an address or a network. One of IPv4 addresses in IPv6 is one of IPv4.
func proxy(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	const mapped = 96 // of IPv6's bits stand before an IPv4 address
	if err == nil && p.Addr().Is4In6() && p.Bits() >= mapped {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mapped)
	}
	return p.Masked(), err
}

// checkProxies checks trusted_proxies: whoever is named there is believed when it
// says who signs up.
func checkProxies(c *Config, r *Report) {
	const key = "web.trusted_proxies"
	const alone = "name only the HTTPS server's address: whoever is trusted can sign up without limits"
	said := false
	for _, text := range c.Web.TrustedProxies {
		p, err := proxy(text)
		switch {
		case err != nil:
			r.Flaw(key, fmt.Sprintf("trusted_proxies has %q, which is neither an address nor a network", text),
				`such as "127.0.0.1" or "10.0.0.0/8"`)
		case everybody([]netip.Prefix{p}):
			r.Flaw(key, fmt.Sprintf("trusted_proxies has %q, which is everybody", text), alone)
			said = true
		}
	}
	if !said && everybody(c.Proxies()) {
		r.Flaw(key, "trusted_proxies has networks that together are everybody", alone)
	}
	listen, err := netip.ParseAddrPort(c.Web.Listen)
	local := err == nil && listen.Addr().IsLoopback() && len(c.Web.TrustedProxies) == 0
	if local && strings.HasPrefix(c.Web.BaseURL, "https:") {
		r.Warn(key, "trusted_proxies is empty: all sign-ups seem to come from the HTTPS server, "+
			"and one network may have 5 an hour", `if it runs on this machine: trusted_proxies = ["127.0.0.1"]`)
	}
}

// public are the networks that public addresses are in.
var public = [][]netip.Prefix{
	{
		netip.MustParsePrefix("0.0.0.0/1"), netip.MustParsePrefix("128.0.0.0/2"), netip.MustParsePrefix("192.0.0.0/3"),
	},
	{netip.MustParsePrefix("2000::/3")},
}

// everybody says whether some networks together have all public addresses of IPv4, or
// of IPv6.
func everybody(some []netip.Prefix) bool {
	return slices.ContainsFunc(public, func(all []netip.Prefix) bool {
		return !slices.ContainsFunc(all, func(p netip.Prefix) bool { return !covered(p, some) })
	})
}

// covered says whether a network lies within some others together.
func covered(p netip.Prefix, some []netip.Prefix) bool {
	var within []netip.Prefix
	for _, s := range some {
		if s.Bits() <= p.Bits() && s.Contains(p.Addr()) {
			return true
		}
		if p.Overlaps(s) {
			within = append(within, s)
		}
	}
	if len(within) < 2 {
		return false
	}
	lower := netip.PrefixFrom(p.Addr(), p.Bits()+1)
	octets := p.Addr().AsSlice()
	octets[p.Bits()/8] |= 0x80 >> (p.Bits() % 8)
	top, _ := netip.AddrFromSlice(octets)
	return covered(lower, within) && covered(netip.PrefixFrom(top, p.Bits()+1), within)
}
