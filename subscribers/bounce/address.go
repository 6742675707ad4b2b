package bounce

import (
	"strings"
	"unicode/utf8"
)

// addressesIn gives the addresses in a text, each once, in their order.
func addressesIn(s string) []string {
	var all []string
	for from := 0; ; {
		at := strings.IndexByte(s[from:], '@')
		if at < 0 {
			return all
		}
		at += from
		start, end := at, at+1
		for start > from && at-start < 64 && isLocal(s[start-1]) {
			start--
		}
		// A quoted local part (RFC 5321 4.1.2).
		if start == at && at > from && s[at-1] == '"' {
			if open := strings.LastIndexByte(s[max(from, at-64):at-1], '"'); open >= 0 {
				start = max(from, at-64) + open
			}
		}
		for end < len(s) && end-at < 255 && isDomain(s[end]) {
			end++
		}
		from = end
		local := strings.TrimLeft(s[start:at], "'`=/.")
		domain := strings.Trim(s[at+1:end], ".-'")
		if local == "" || !strings.Contains(domain, ".") || !utf8.ValidString(local+domain) {
			continue
		}
		if a := local + "@" + domain; len(all) < maxRecipients && !holds(all, a) {
			all = append(all, a)
		}
	}
}

func isLocal(c byte) bool {
	return isDomain(c) || strings.IndexByte("!#$%&'*+/=?^_`{|}~", c) >= 0
}

func isDomain(c byte) bool {
	return c >= utf8.RuneSelf || c == '-' || c == '.' || c == '_' || '0' <= c && c <= '9' ||
		'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func holds(all []string, address string) bool {
	for _, a := range all {
		if strings.EqualFold(a, address) {
			return true
		}
	}
	return false
}
