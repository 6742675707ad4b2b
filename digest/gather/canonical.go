package gather

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
	"unicode"
)

// Canonical gives an address as it is compared with others: without scheme, "www." and
// fragment, without what only counts readers, and without a slash at its end. It gives
// nothing for what is no web address.
func Canonical(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return ""
	}
	host := bareHost(u.Hostname())
	if strings.Contains(host, ":") {
		// An IPv6 address has colons of its own, and may have a zone.
		host = "[" + strings.ReplaceAll(host, "%", "%25") + "]"
	}
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		host += ":" + port
	}
	query := u.Query()
	for key := range query {
		if counts(strings.ToLower(key)) {
			query.Del(key)
		}
	}
	out := host + strings.TrimRight(u.EscapedPath(), "/")
	if q := query.Encode(); q != "" {
		out += "?" + q
	}
	return out
}

// ownAddress gives the canonical address of a story, or nothing where that is a site's front
// page: some feeds link all of their stories to it.
func ownAddress(address string) string {
	if frontPage(address) {
		return ""
	}
	return Canonical(address)
}

// frontPage says whether an address is that of a whole site.
func frontPage(address string) bool {
	at := Canonical(address)
	return at != "" && !strings.ContainsAny(at, "/?")
}

// counts says whether a parameter only tells where readers come from.
func counts(key string) bool {
	for _, begins := range [...]string{"utm_", "mc_", "pk_", "mtm_", "hsa_", "_hs"} {
		if strings.HasPrefix(key, begins) {
			return true
		}
	}
	switch key {
	case "fbclid", "gclid", "dclid", "msclkid", "twclid", "igshid", "yclid", "wt_mc", "cmpid", "ocid", "ref_src",
		"at_medium", "at_campaign", "xtor":
		return true
	}
	return false
}

// nameFor gives the name of the article that a story becomes: its headline for people,
// and a fingerprint of what the story is known by.
func nameFor(headline, key string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(headline) {
		switch {
		case r == '\'' || r == '’':
		case !unicode.In(r, unicode.L, unicode.N, unicode.M):
			gap = b.Len() > 0
		default:
			if gap {
				b.WriteByte('-')
				gap = false
			}
			b.WriteRune(r)
		}
		if b.Len() >= 60 {
			break
		}
	}
	sum := sha256.Sum256([]byte(key))
	if b.Len() > 0 {
		b.WriteByte('-')
	}
	return b.String() + hex.EncodeToString(sum[:4])
}

// canonicalOf gives the address that a page names as its right one, else its own. Another
// site's is not believed, nor the front page, which some sites name on every page.
func canonicalOf(address, named string) string {
	u, err := url.Parse(named)
	if err != nil || strings.Trim(u.Path, "/")+u.RawQuery == "" || hostOf(named) != hostOf(address) {
		return address
	}
	return named
}
