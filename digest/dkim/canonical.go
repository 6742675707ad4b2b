package dkim

import (
	"bytes"
	"crypto/sha256"
	"errors"
)

const crlf = "\r\n"

// field is a header field: raw is its bytes in the message with folds and line end,
// name is in small letters.
type field struct {
	name string
	raw  []byte
}

// parse takes a message apart. It refuses a message with a CR or an LF alone: relays
// change these in different ways, and no signature would survive that.
func parse(message []byte) (fields []field, body []byte, err error) {
	if bareEnds(message) {
		return nil, nil, errors.New("the message has a bare CR or LF")
	}
	head, body, ok := bytes.Cut(message, []byte(crlf+crlf))
	if !ok {
		return nil, nil, errors.New("the message has no empty line after its header")
	}
	header := message[:len(head)+len(crlf)]
	for start, end := 0, 0; start < len(header); start = end {
		// A line that begins with a space or a tab belongs to the field before it.
		for end == start || end < len(header) && (header[end] == ' ' || header[end] == '\t') {
			end += bytes.IndexByte(header[end:], '\n') + 1
		}
		raw := header[start:end]
		name, _, ok := bytes.Cut(raw, []byte(":"))
		name = bytes.ToLower(bytes.TrimRight(name, " \t"))
		if !ok || len(name) == 0 || bytes.IndexFunc(name, notInName) >= 0 {
			return nil, nil, errors.New("the header has a line that is not a field")
		}
		fields = append(fields, field{name: string(name), raw: raw})
	}
	froms := 0
	for _, f := range fields {
		if f.name == "from" {
			froms++
		}
	}
	if froms != 1 {
		return nil, nil, errors.New("the message has no From, or more than one")
	}
	return fields, body, nil
}

// bareEnds says whether there is a CR or an LF alone.
func bareEnds(b []byte) bool {
	ends := 0
	for rest := b; ; ends++ {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			return bytes.Count(b, []byte{'\r'}) != ends
		}
		if i == 0 || rest[i-1] != '\r' {
			return true
		}
		rest = rest[i+1:]
	}
}

// notInName says whether a character can't stand in a field's name (RFC 5322 2.2).
func notInName(r rune) bool { return r <= ' ' || r > '~' }

// relaxField appends a field in the relaxed form (RFC 6376 3.4.2): the name in small
// letters, no folds, one space instead of several spaces and tabs, and none at the
// beginning and the end of the value.
func relaxField(to, raw []byte) []byte {
	name, value, _ := bytes.Cut(raw, []byte(":"))
	to = append(to, bytes.ToLower(bytes.TrimRight(name, " \t"))...)
	to = append(to, ':')
	start := len(to)
	blank := false
	for _, c := range value {
		switch c {
		case ' ', '\t', '\r', '\n':
			blank = true
			continue
		}
		if blank && len(to) > start {
			to = append(to, ' ')
		}
		blank = false
		to = append(to, c)
	}
	return append(to, crlf...)
}

// hashBody gives the SHA-256 sum of a body in the relaxed form (RFC 6376 3.4.4): one
// space instead of several spaces and tabs, none at the end of a line, and no empty
// lines at the end. Most bodies have that form already but for their last lines. So
// it looks for what differs and does not copy the rest.
func hashBody(body []byte) []byte {
	hash := sha256.New()
	body = bytes.TrimRight(body, " \t\r\n")
	if len(body) == 0 {
		return hash.Sum(nil)
	}
	start := 0
	for i := 0; i < len(body); {
		if body[i] != ' ' && body[i] != '\t' {
			i++
			continue
		}
		// The last octet is neither a space nor a tab.
		next := i + 1
		for body[next] == ' ' || body[next] == '\t' {
			next++
		}
		if body[i] == '\t' || next > i+1 || body[next] == '\r' {
			hash.Write(body[start:i])
			if body[next] != '\r' {
				hash.Write([]byte{' '})
			}
			start = next
		}
		i = next
	}
	hash.Write(body[start:])
	hash.Write([]byte(crlf))
	return hash.Sum(nil)
}
