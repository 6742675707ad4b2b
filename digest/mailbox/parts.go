package mailbox

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"unicode"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
)

// The bounds of what is looked for in a message.
const (
	maxDepth    = 8
	maxParts    = 64
	snippetSize = 160
)

// parts is what a page shows of a message. All of it is foreign text.
type parts struct {
	Subject string
	// Sender and Address are the first author's (RFC 5322 3.6.2); one may be empty.
	Sender, Address string
	Header          []field
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
	author := mail.Header{Header: entity.Header}
	if from, _ := author.AddressList("From"); len(from) > 0 {
		p.Sender, p.Address = valid(from[0].Name), valid(from[0].Address)
	}
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

// snippet is how the text begins, as inboxes show it: its lines run on, without
// rules and web addresses, and are no longer than there is room for.
func (p parts) snippet() string {
	var words []string
	size := 0
	for line := range strings.Lines(p.Text) {
		line = strings.Join(strings.Fields(line), " ")
		if strings.HasPrefix(line, "http") || strings.IndexFunc(line, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) < 0 {
			continue
		}
		words = append(words, line)
		if size += len(line) + 1; size > snippetSize {
			break
		}
	}
	return cut(strings.Join(words, " "), snippetSize)
}

// cut gives at most size octets of s, and no part of a character.
func cut(s string, size int) string {
	if len(s) <= size {
		return s
	}
	return strings.ToValidUTF8(s[:size], "")
}

var emptyLine = regexp.MustCompile(`(?m)^\r?\n`)

// rawHeader is the header as it was sent, without the empty line that ends it.
func rawHeader(source []byte) string {
	if at := emptyLine.FindIndex(source); at != nil {
		source = source[:at[0]]
	}
	return valid(string(source))
}

func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
