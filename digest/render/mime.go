package render

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"mime/quotedprintable"
	"strings"

	"github.com/wneessen/go-mail"
)

// part is one of the bodies of a message, before it is encoded.
type part struct {
	// kind is "text" or "html"; content has LF line ends.
	kind, content string
	// base64 says that the part is encoded so, since that is shorter than
	// quoted-printable: it is for Arabic, Cyrillic or Chinese.
	base64 bool
}

func newPart(kind, content string) part {
	var quoted bytes.Buffer
	w := quotedprintable.NewWriter(&quoted)
	_, _ = w.Write([]byte(content)) // A buffer takes everything.
	_ = w.Close()
	return part{kind, content, len(lines64(nil, []byte(crlf(content)))) < quoted.Len()}
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// mime has go-mail make a message of the parts: of one alone, or of alternatives in
// their order (RFC 2046 5.1.4). It gives the header that go-mail wrote, without its
// last line end, and the body.
func (r Renderer) mime(subject, boundary string, parts []part) (head, body []byte, err error) {
	m := mail.NewMsg(mail.WithBoundary(boundary), mail.WithNoDefaultUserAgent(), mail.WithCharset(mail.CharsetUTF8))
	if err := m.From(r.Publication.From); err != nil {
		return nil, nil, fmt.Errorf("the publication's From: %w", err)
	}
	if reply := r.Publication.ReplyTo; reply != "" {
		if err := m.ReplyTo(reply); err != nil {
			return nil, nil, fmt.Errorf("the publication's Reply-To: %w", err)
		}
	}
	m.Subject(headerText(subject))
	for i, p := range parts {
		kind, content, encoding := mail.TypeTextPlain, p.content, mail.EncodingQP
		if p.kind == "html" {
			kind = mail.TypeTextHTML
		}
		if p.base64 {
			content, encoding = crlf(content), mail.EncodingB64
		}
		if i == 0 {
			m.SetEncoding(encoding)
			m.SetBodyString(kind, content, mail.WithPartEncoding(encoding))
		} else {
			m.AddAlternativeString(kind, content, mail.WithPartEncoding(encoding))
		}
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return nil, nil, fmt.Errorf("encode: %w", err)
	}
	head, body, ok := bytes.Cut(b.Bytes(), []byte("\r\n\r\n"))
	if !ok {
		return nil, nil, errors.New("the message has no body")
	}
	return head, undotted(body), nil
}

// undotted writes the dots at the beginning of lines so that no relay has to double them.
// Such lines are nowhere but in parts that are quoted-printable.
func undotted(body []byte) []byte {
	if !bytes.HasPrefix(body, []byte(".")) && !bytes.Contains(body, []byte("\n.")) {
		return body
	}
	var out []byte
	for l := range bytes.Lines(body) {
		out, l = undot(out, l)
		out = append(out, l...)
	}
	return out
}

// undot appends the dots that a line begins with to dst, in quoted-printable as other
// octets (RFC 2045 6.7 rule 1), and gives what is left. A line that would be longer than
// 76 becomes two.
func undot(dst, line []byte) (more, rest []byte) {
	for len(line) > 0 && line[0] == '.' {
		dst, line = append(dst, "=2E"...), line[1:]
		content, _, _ := bytes.Cut(line, []byte("\r\n"))
		if len("=2E")+len(content) <= 76 {
			break
		}
		dst = append(dst, "=\r\n"...)
	}
	return dst, line
}

// perLine is how many octets a line of base64 holds (RFC 2045 6.8).
const perLine = 57

// lines64 appends b to dst as base64, in lines of 76 characters with their ends.
func lines64(dst, b []byte) []byte {
	for len(b) > 0 {
		n := min(len(b), perLine)
		dst = append(base64.StdEncoding.AppendEncode(dst, b[:n]), "\r\n"...)
		b = b[n:]
	}
	return dst
}
