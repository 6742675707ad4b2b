package domain

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// term is one of an SPF record (RFC 7208 4.6.1): a mechanism, or a modifier.
type term struct {
	text      string
	qualifier string
	// name is in small letters, value in those that DNS names are compared in.
	name, value string
	modifier    bool
}

var mechanisms = []string{"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"}

func parseTerm(text string) term {
	t := term{text: text, qualifier: "+"}
	if i := strings.IndexAny(text, "=:/"); i > 0 && text[i] == '=' {
		t.modifier = true
		t.name, t.value = strings.ToLower(text[:i]), strings.ToLower(strings.TrimSuffix(text[i+1:], "."))
		return t
	}
	if text != "" && strings.ContainsRune("+-~?", rune(text[0])) {
		t.qualifier, text = text[:1], text[1:]
	}
	i := strings.IndexAny(text, ":/")
	switch {
	case i < 0:
		t.name = strings.ToLower(text)
	case text[i] == '/':
		t.name, t.value = strings.ToLower(text[:i]), text[i:]
	default:
		t.name, t.value = strings.ToLower(text[:i]), strings.ToLower(strings.TrimSuffix(text[i+1:], "."))
	}
	return t
}

func (t term) known() bool { return slices.Contains(mechanisms, t.name) }

// network gives the addresses of ip4 and ip6.
func (t term) network() (netip.Prefix, bool) {
	address, bits, _ := strings.Cut(t.value, "/")
	a, err := netip.ParseAddr(address)
	if err != nil || a.Zone() != "" || a.Is4() != (t.name == "ip4") {
		return netip.Prefix{}, false
	}
	return within(a, bits)
}

// within gives the network of an address; bits are those of IPv4 and, after //, of IPv6
// (RFC 7208 5.6), or empty for the address alone.
func within(a netip.Addr, bits string) (netip.Prefix, bool) {
	four, six, _ := strings.Cut(bits, "//")
	if strings.HasPrefix(bits, "/") {
		four, six = "", strings.TrimPrefix(bits, "/")
	}
	size := four
	if a.Is6() && six != "" {
		size = six
	}
	if size == "" || a.Is6() && strings.Contains(bits, "/") && six == "" {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	n, err := strconv.Atoi(size)
	if err != nil || n < 0 || n > a.BitLen() {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, n).Masked(), true
}
