package bounce

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // for messages in other charsets than UTF-8
)

// The bounds of what is read of a message. A report has three parts and some kilobytes of
// text; what is longer was written by nobody who had to say something.
const (
	// MaxSize is how many octets are read of a message.
	MaxSize  = 1 << 20
	maxDepth = 6
	maxParts = 32
	// maxText is how many octets of a part are looked at.
	maxText = 64 << 10
)

// part is one part of a message that has no parts itself, decoded.
type part struct {
	kind string // its media type, in small letters
	text string
}

// taken is a message as it came, taken apart.
type taken struct {
	header message.Header
	parts  []part
	// reportType is what a multipart/report says that it reports (RFC 6522).
	reportType string
}

// open takes a message apart. What can't be read as the standard has it is read as text:
// programs that report failures are older than it.
func open(raw []byte) taken {
	raw = raw[:min(len(raw), MaxSize)]
	raw = bytes.TrimLeft(raw, "\r\n\t ")
	if bytes.HasPrefix(raw, []byte("From ")) { // the line before each message of an mbox
		if _, rest, ok := bytes.Cut(raw, []byte("\n")); ok {
			raw = rest
		}
	}
	entity, _ := message.Read(bytes.NewReader(withHeader(raw)))
	if entity == nil {
		return taken{parts: []part{{"text/plain", plain(raw)}}}
	}
	m := taken{header: entity.Header}
	if kind, params, err := entity.Header.ContentType(); err == nil && kind == "multipart/report" {
		m.reportType = strings.ToLower(params["report-type"])
	}
	m.take(entity, 0)
	return m
}

// withHeader gives a message without lines in its header that are no fields. They would
// make all of it unreadable.
func withHeader(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for rest, first := raw, true; len(rest) > 0; first = false {
		line := rest
		if end := bytes.IndexByte(rest, '\n'); end >= 0 {
			line = rest[:end+1]
		}
		rest = rest[len(line):]
		bare := bytes.TrimRight(line, "\r\n")
		if len(bare) == 0 {
			return append(append(out, line...), rest...)
		}
		name, _, colon := bytes.Cut(bare, []byte(":"))
		folded := bare[0] == ' ' || bare[0] == '\t'
		if folded && !first || colon && len(name) > 0 && !bytes.ContainsAny(name, " \t") && isASCII(name) {
			out = append(out, line...)
		}
	}
	return append(out, "\r\n"...)
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// take keeps an entity's text, or that of its parts.
func (m *taken) take(e *message.Entity, depth int) {
	if len(m.parts) >= maxParts || depth > maxDepth {
		return
	}
	kind, _, err := e.Header.ContentType()
	kind = strings.ToLower(kind)
	if strings.HasPrefix(kind, "multipart/") {
		// Where its parts can't be told, all of it is one text.
		body, _ := io.ReadAll(io.LimitReader(e.Body, MaxSize))
		e.Body = bytes.NewReader(body)
		if m.takeAll(e.MultipartReader(), depth) {
			return
		}
		e.Body, kind = bytes.NewReader(body), "text/plain"
	}
	if err != nil {
		kind = "text/plain"
	}
	body, _ := io.ReadAll(io.LimitReader(e.Body, maxText))
	m.parts = append(m.parts, part{kind, plain(body)})
}

// takeAll keeps the parts of an entity, and says whether there were any.
func (m *taken) takeAll(parts message.MultipartReader, depth int) bool {
	before := len(m.parts)
	for parts != nil && len(m.parts) < maxParts {
		next, err := parts.NextPart()
		if next == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
			break
		}
		m.take(next, depth+1)
	}
	return len(m.parts) > before
}

// plain gives text with line ends of one kind. Octets that are no UTF-8, and characters
// that move a terminal, are left out.
func plain(b []byte) string {
	text := strings.ReplaceAll(string(b), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r == utf8.RuneError, r < ' ' && r != '\n' && r != '\t', r == 0x7f:
			return -1
		}
		return r
	}, text)
}

// field gives the first field of this name, decoded, in one line.
func (m taken) field(name string) string {
	value, err := m.header.Text(name)
	if err != nil {
		value = m.header.Get(name)
	}
	return strings.Join(strings.Fields(plain([]byte(value))), " ")
}
