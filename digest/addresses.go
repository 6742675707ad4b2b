package digest

import "regexp"

// addresses finds what may be an address in somebody else's words: in brackets or not, with
// a quoted part before the @ (RFC 5321 4.1.2), or written as in a link.
var addresses = regexp.MustCompile(
	`<?(?:"(?:[^"\\\n]|\\.){1,100}"@|[^\s<>@]+(?:@|%40|&#64;|&#x40;))[^\s<>@]+>?`)

// WithoutAddresses gives somebody else's words without the addresses in them. Whatever is
// logged, told or kept beyond a reader goes through here first.
func WithoutAddresses(words string) string { return addresses.ReplaceAllString(words, "<…>") }
