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

// The bounds of what is read of a message: how deep its parts are, how many there
// are, and how many octets of text the list shows.
const (
	maxDepth    = 8
	maxParts    = 64
	snippetSize = 160
)

// parts is what a page shows of a message. All of it is text from strangers.
type parts struct {
	Subject string
	// Sender and Address are the first author's name and address (RFC 5322 3.6.2).
	// Either may be empty.
	Sender, Address string
	Header          []field
	// HTML and Text are the first parts of these types, empty if there is none.
	HTML, Text string
	seen       int
}

// field is a line of the header, unfolded and decoded.
type field struct{ Name, Value string }

// readParts reads what can be read, and leaves out the rest.
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

// subject gives the subject alone, which is all that is needed when a message comes.
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

// walk looks through an entity and the entities in it.
func (p *parts) walk(e *message.Entity, depth int) {
	if p.seen++; p.seen > maxParts || depth > maxDepth {
		return
	}
	if inner := e.MultipartReader(); inner != nil {
		for p.seen <= maxParts {
			// A part in an unknown charset comes with an error, but it can be read.
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
	// What was read before an error is shown.
	body, _ := io.ReadAll(io.LimitReader(e.Body, MaxSize))
	*into = valid(string(body))
}

// snippet is the beginning of the text, as inboxes show it: on one line, without
// rules and web addresses, and not too long.
func (p parts) snippet() string {
	var words []string
	size := 0
	for line := range strings.Lines(p.Text) {
		line = strings.Join(strings.Fields(line), " ")
		if strings.HasPrefix(line, "http") || !strings.ContainsFunc(line, letterOrNumber) {
			continue
		}
		words = append(words, line)
		if size += len(line) + 1; size > snippetSize {
			break
		}
	}
	return cut(strings.Join(words, " "), snippetSize)
}

func letterOrNumber(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// cut gives at most size octets of s, and no incomplete character.
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
