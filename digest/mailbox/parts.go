package mailbox

import (
	"bytes"
	"io"
	"strings"

	"github.com/emersion/go-message"
)

// The bounds of what is looked for in a message.
const (
	maxDepth = 8
	maxParts = 64
)

// parts is what a page shows of a message. All of it is foreign text.
type parts struct {
	Subject string
	Header  []field
	// HTML and Text are the first parts of these types; empty if there is none.
	HTML, Text string
	seen       int
}

// field is a line of the header, unfolded and decoded.
type field struct{ Name, Value string }

// readParts reads what can be read and leaves out the rest.
func readParts(source []byte) parts {
	var p parts
	entity, _ := message.Read(bytes.NewReader(source))
	if entity == nil {
		return p
	}
	fields := entity.Header.Fields()
	for fields.Next() {
		value, err := fields.Text()
		if err != nil {
			value = fields.Value()
		}
		p.Header = append(p.Header, field{fields.Key(), valid(value)})
	}
	p.Subject = decoded(entity)
	p.walk(entity, 0)
	return p
}

// subject gives only the subject, which is all that is wanted on arrival.
func subject(source []byte) string {
	entity, _ := message.Read(bytes.NewReader(source))
	if entity == nil {
		return ""
	}
	return decoded(entity)
}

func decoded(e *message.Entity) string {
	text, err := e.Header.Text("Subject")
	if err != nil {
		text = e.Header.Get("Subject")
	}
	return valid(text)
}

// walk looks through an entity and those in it.
func (p *parts) walk(e *message.Entity, depth int) {
	if p.seen++; p.seen > maxParts || depth > maxDepth {
		return
	}
	if inner := e.MultipartReader(); inner != nil {
		for p.seen <= maxParts {
			// A part in an unknown charset comes with an error and can be read.
			part, err := inner.NextPart()
			if part == nil {
				return
			}
			p.walk(part, depth+1)
			if err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
				return
			}
		}
		return
	}
	kind, _, err := e.Header.ContentType()
	if err != nil {
		kind = "text/plain"
	}
	var into *string
	switch kind {
	case "text/html":
		into = &p.HTML
	case "text/plain":
		into = &p.Text
	default:
		return
	}
	if *into != "" {
		return
	}
	// What was read before an error is worth showing.
	body, _ := io.ReadAll(io.LimitReader(e.Body, MaxSize))
	*into = valid(string(body))
}

func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
