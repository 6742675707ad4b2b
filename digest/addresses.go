package digest

import (
	"regexp"
	"strings"
)

// addresses finds what may be an address in somebody else's words: in brackets or not, with
// a quoted part before the @ (RFC 5321 4.1.2), or written as in a link.
var addresses = regexp.MustCompile(
	`<?(?:"(?:[^"\\\n]|\\.){1,100}"@|[^\s<>@]+(?:@|%40|&#64;|&#x40;))[^\s<>@]+>?`)

// database is the way to a database up to its @: who logs in there is no reader. One with a password is not.
var database = regexp.MustCompile(`^["'(]*postgres(?:ql)?://[^\s<>@:/?#&;"]+@`)

// WithoutAddresses gives somebody else's words without the addresses in them. Whatever is
// logged, told or kept beyond a reader goes through here first. Where a database lies is said.
func WithoutAddresses(words string) string {
	return addresses.ReplaceAllStringFunc(words, func(one string) string {
		way := database.FindString(one)
		if rest := one[len(way):]; way == "" || strings.Contains(rest, "%40") || strings.Contains(rest, "&#") {
			return "<…>"
		}
		return one
	})
}
