package subscribers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// The limits of RFC 5321 4.5.3.1, in octets. A domain beyond ASCII may be longer as it
// is written than in its ASCII form, but not by more than this. To bring it into that
// form takes a time that grows with the square of its length.
const (
	maxLocal   = 64
	maxAddress = 254
	maxWritten = 4 * maxAddress
)

// domains is stricter than the library's default profile, which lets labels of
// any length pass.
var domains = idna.New(idna.MapForLookup(), idna.StrictDomainName(true), idna.VerifyDNSLength(true), idna.BidiRule())

// Address is a mailbox that mail can be sent to. The zero value is none.
type Address struct {
	local, domain string
	given         string
}

// String gives the address as it was written.
func (a Address) String() string { return a.given }

// Mailbox gives the address for an SMTP command and a To field: the local part
// as written, the domain in its ASCII form (RFC 5890 A-labels).
func (a Address) Mailbox() string {
	if a.given == "" {
		return ""
	}
	// Mostly it is as it was written, and needs no string of its own.
	if n := len(a.local); len(a.given) == n+1+len(a.domain) && a.given[:n] == a.local && a.given[n] == '@' &&
		a.given[n+1:] == a.domain {
		return a.given
	}
	return a.local + "@" + a.domain
}

// Key gives what addresses are compared by: all in lower case, the domain in
// its ASCII form, the local part in Unicode's form NFC (RFC 6532 3.1), since one
// letter can be written in several ways that look the same.
func (a Address) Key() string {
	return norm.NFC.String(strings.ToLower(norm.NFC.String(a.Mailbox())))
}

// Box gives what the spellings of one mailbox have in common: [Address.Key] without
// what stands behind a plus and, at Gmail, without dots and with one name for its two
// domains. Elsewhere a plus may be part of a name, so this tells how often a mailbox is
// written to, and never who is on the list.
func (a Address) Box() string {
	local, domain, _ := strings.Cut(a.Key(), "@")
	if i := strings.IndexByte(local, '+'); i > 0 {
		local = local[:i]
	}
	if domain == "gmail.com" || domain == "googlemail.com" {
		local, domain = strings.ReplaceAll(local, ".", ""), "gmail.com"
	}
	return local + "@" + domain
}

// Within says whether two addresses name one mailbox as servers write it in reports: with
// or without what stands behind a plus, and at a host within its domain.
func (a Address) Within(b Address) bool {
	local, domain, _ := strings.Cut(a.Box(), "@")
	other, at, _ := strings.Cut(b.Box(), "@")
	return local == other && (domain == at || strings.HasSuffix(domain, "."+at) || strings.HasSuffix(at, "."+domain))
}

// Forms gives the spellings in which the address may stand in a text, whatever the
// case of its letters: as it was written and as a mailbox, both in the Unicode forms
// NFC and NFD.
func (a Address) Forms() []string {
	var all []string
	for _, s := range []string{a.given, a.Mailbox()} {
		for _, form := range []string{s, norm.NFC.String(s), norm.NFD.String(s)} {
			if !slices.Contains(all, form) {
				all = append(all, form)
			}
		}
	}
	return all
}

// Masked gives the address so that its owner knows it and nobody else does: of the name and of
// the domain the first letter, and the last label of the domain.
func (a Address) Masked() string {
	const hidden = "•••"
	local, domain, ok := strings.Cut(a.given, "@")
	if i := strings.LastIndex(a.given, "@"); i > 0 {
		local, domain = a.given[:i], a.given[i+1:]
	}
	if !ok || local == "" || domain == "" {
		return hidden
	}
	masked := string([]rune(local)[:1]) + hidden + "@" + string([]rune(domain)[:1]) + hidden
	if dot := strings.LastIndex(domain, "."); dot > 0 {
		masked += domain[dot:]
	}
	return masked
}

// Domain gives the domain in its ASCII form.
func (a Address) Domain() string { return a.domain }

// International says whether the local part needs SMTPUTF8 (RFC 6531).
func (a Address) International() bool {
	return strings.ContainsFunc(a.local, func(r rune) bool { return r >= utf8.RuneSelf })
}

// ParseAddress reads a bare mailbox, such as ines@news.example. It takes less
// than RFC 5321 does: a dot-string (also of letters beyond ASCII, RFC 6531) at
// a domain name of at least two labels. Quoted local parts, comments, address
// literals and display names are refused: no reader has one, and each has been
// a way to smuggle something in.
func ParseAddress(s string) (Address, error) {
	if s == "" {
		return Address{}, errors.New("the address is empty")
	}
	if !utf8.ValidString(s) {
		return Address{}, errors.New("the address is not UTF-8 text")
	}
	if len(s) > maxLocal+1+maxWritten {
		return Address{}, fmt.Errorf("%q…: longer than %d octets", strings.ToValidUTF8(s[:maxLocal], ""), maxAddress)
	}
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return Address{}, fmt.Errorf("%q has no @", s)
	}
	local, domain := s[:at], s[at+1:]
	if err := checkLocal(local); err != nil {
		return Address{}, fmt.Errorf("%q: %w", s, err)
	}
	ascii, err := checkDomain(domain)
	if err != nil {
		return Address{}, fmt.Errorf("%q: %w", s, err)
	}
	if n := len(local) + 1 + len(ascii); n > maxAddress {
		return Address{}, fmt.Errorf("%q: longer than %d octets", s, maxAddress)
	}
	return Address{local: local, domain: ascii, given: s}, nil
}

// ReadAddress reads an address that a person or a file gives. Spaces and characters
// that nobody sees are cut round it, and refused inside: they come from copying, and two
// addresses that look the same would be two readers.
func ReadAddress(s string) (Address, error) {
	s = strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || Invisible(r) })
	if len(s) <= maxLocal+1+maxWritten {
		if i := strings.IndexFunc(s, Invisible); i >= 0 {
			r, _ := utf8.DecodeRuneInString(s[i:])
			return Address{}, fmt.Errorf("%q: it has an invisible character, %U", s, r)
		}
	}
	return ParseAddress(s)
}

// Invisible says whether nobody sees a character, though it is no space: such as U+200B,
// U+FEFF, a soft hyphen or a mark of direction.
func Invisible(r rune) bool {
	return r >= utf8.RuneSelf && unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point,
		unicode.Variation_Selector)
}

func checkLocal(local string) error {
	switch {
	case local == "":
		return errors.New("there is nothing before the @")
	case len(local) > maxLocal:
		return fmt.Errorf("more than %d octets before the @", maxLocal)
	case local[0] == '.' || local[len(local)-1] == '.' || strings.Contains(local, ".."):
		return errors.New("the part before the @ begins or ends with a dot, or has two in a row")
	}
	for _, r := range local {
		if !atext(r) {
			return fmt.Errorf("%q is not allowed before the @", r)
		}
	}
	if first, _ := utf8.DecodeRuneInString(local); unicode.Is(unicode.M, first) {
		return errors.New("an accent before the @ has no letter")
	}
	return nil
}

// atext is RFC 5322 3.2.3 with the dot, and RFC 6531's letters beyond ASCII;
// of those, only what is seen: no controls, spaces or direction marks.
func atext(r rune) bool {
	if r < utf8.RuneSelf {
		return r == '.' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
			strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.N)
}

func checkDomain(domain string) (string, error) {
	if domain == "" {
		return "", errors.New("there is nothing after the @")
	}
	ascii, err := domains.ToASCII(domain)
	if err != nil {
		return "", fmt.Errorf("%q is not a domain name", domain)
	}
	ascii = strings.ToLower(ascii)
	last := ascii[strings.LastIndexByte(ascii, '.')+1:]
	switch {
	case len(last) == len(ascii):
		return "", fmt.Errorf("%q is a domain without a dot", domain)
	case last == "":
		return "", fmt.Errorf("%q ends with a dot", domain)
	case strings.Trim(last, "0123456789") == "":
		return "", fmt.Errorf("%q is a number, not a domain name", domain)
	}
	return ascii, nil
}
