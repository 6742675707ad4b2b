package render

import (
	"fmt"
	"strings"
	"time"

	"vesper/digest"
)

// A merge field stands in a stored message as
//
//	NUL name [":" part [":" zone]] NUL
//
// A NUL is nowhere else: headers are free of controls and bodies are
// quoted-printable. Without a part the value goes into a header as it is. With
// "html" or "text" it goes into the quoted-printable body of that part; there the
// field begins a line of its own and a soft line break, or the line's own end,
// follows it, so that a value of any length keeps the lines short. The zone is
// the IANA name of the time zone that a date is told in: a message needs nothing
// beside it to be composed.
const (
	fieldTo          = "to"
	fieldDate        = "date"
	fieldMessageID   = "message-id"
	fieldUnsubscribe = "unsubscribe"
	fieldAddress     = "address"
	fieldSince       = "since"
)

func field(name string, more ...string) string {
	return "\x00" + strings.Join(append([]string{name}, more...), ":") + "\x00"
}

// put appends one reader's value of a field to a message.
type put func(dst []byte, d *digest.Delivery) []byte

// parseField reads what stands between the NULs.
func parseField(s string) (put, error) {
	name, rest, _ := strings.Cut(s, ":")
	part, zone, _ := strings.Cut(rest, ":")
	in := inBody(part)
	switch {
	case part == "" && name == fieldTo:
		return func(dst []byte, d *digest.Delivery) []byte { return append(dst, d.Address...) }, nil
	case part == "" && name == fieldDate:
		return func(dst []byte, d *digest.Delivery) []byte {
			return d.FirstDue.UTC().AppendFormat(dst, time.RFC1123Z)
		}, nil
	case part == "" && name == fieldMessageID:
		return func(dst []byte, d *digest.Delivery) []byte { return append(dst, d.MessageID...) }, nil
	case part == "" && name == fieldUnsubscribe:
		return func(dst []byte, d *digest.Delivery) []byte { return append(dst, d.Unsubscribe...) }, nil
	case in != nil && name == fieldUnsubscribe:
		return func(dst []byte, d *digest.Delivery) []byte { return in(dst, d.Unsubscribe) }, nil
	case in != nil && name == fieldAddress:
		return func(dst []byte, d *digest.Delivery) []byte { return in(dst, d.Address) }, nil
	case in != nil && name == fieldSince:
		loc, err := time.LoadLocation(zone)
		if err != nil {
			return nil, fmt.Errorf("merge field %q: %w", s, err)
		}
		return func(dst []byte, d *digest.Delivery) []byte { return in(dst, english().since(d.Since, loc)) }, nil
	}
	return nil, fmt.Errorf("unknown merge field %q", s)
}

// inBody gives how a value is written into a part of the body; nil for a part
// that there is not.
func inBody(part string) func(dst []byte, s string) []byte {
	switch part {
	case "html":
		return func(dst []byte, s string) []byte { return appendQuoted(dst, htmlText(s)) }
	case "text":
		return appendQuoted
	}
	return nil
}

// htmlText escapes text as html/template does between tags.
func htmlText(s string) string {
	if !strings.ContainsAny(s, `"&'+<>`) {
		return s
	}
	return strings.NewReplacer(`"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// maxQuoted leaves room for the "=" of a soft line break in a line of 76.
const maxQuoted = 75

// appendQuoted writes one line of text as quoted-printable (RFC 2045 6.7) to the
// start of a line. It ends in no blank and leaves room for a soft line break.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	column := 0
	for i := range len(s) {
		c := s[i]
		plain := '!' <= c && c <= '~' && c != '=' || c == ' ' && i < len(s)-1
		width := 3
		if plain {
			width = 1
		}
		if column+width > maxQuoted {
			dst = append(dst, "=\r\n"...)
			column = 0
		}
		column += width
		if plain {
			dst = append(dst, c)
		} else {
			dst = append(dst, '=', hex[c>>4], hex[c&15])
		}
	}
	return dst
}
