package main

import (
	"fmt"
	"net/netip"
	"strings"
)

// proxies checks trusted_proxies: whoever is named there is believed when it says
// who signs up.
func (k *checker) proxies() {
	for _, text := range k.Web.TrustedProxies {
		p, err := proxy(text)
		switch {
		case err != nil:
			k.bad("web.trusted_proxies", fmt.Sprintf("trusted_proxies has %q, which is no address and no network", text), `such as "127.0.0.1" or "10.0.0.0/8"`)
		case p.Bits() == 0:
			k.bad("web.trusted_proxies", fmt.Sprintf("trusted_proxies has %q, which is everybody", text), "name the HTTPS server's address alone: whoever is trusted can sign up without limits")
		}
	}
	listen, err := netip.ParseAddrPort(k.Web.Listen)
	if err == nil && listen.Addr().IsLoopback() && len(k.Web.TrustedProxies) == 0 && strings.HasPrefix(k.Web.BaseURL, "https:") {
		k.warn("web.trusted_proxies", "trusted_proxies is empty: all who sign up seem to come from the HTTPS server, and an hour takes 5 of one network",
			`if it runs on this machine: trusted_proxies = ["127.0.0.1"]`)
	}
}

// proxies gives the proxies that are believed, of a configuration that was checked.
func (c *config) proxies() []netip.Prefix {
	var all []netip.Prefix
	for _, text := range c.Web.TrustedProxies {
		if p, err := proxy(text); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// proxy reads an address or a network.
func proxy(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err
}
