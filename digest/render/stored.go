package render

import (
	"bytes"
	"errors"
	"strings"

	"vesper/digest"
	"vesper/templates"
)

// StoredProof marks a message of an edition that was opened as a proof for the desk: its
// subject says so, and it has no field of the list. Its body is as readers got it.
func (r Renderer) StoredProof(m digest.Message) (digest.Message, error) {
	head, body, ok := bytes.Cut(m.Bytes, []byte("\r\n\r\n"))
	if !ok {
		return m, errors.New("the message has no body")
	}
	m.Subject = templates.Say(r.words().Edition.ProofSubject, "subject", m.Subject)
	var out []byte
	left := false
	for l := range bytes.Lines(append(bytes.Clone(head), "\r\n"...)) {
		if !bytes.HasPrefix(l, []byte(" ")) && !bytes.HasPrefix(l, []byte("\t")) {
			name, _, _ := strings.Cut(string(l), ":")
			left = strings.HasPrefix(name, "List-") || name == "Precedence" || name == "Feedback-ID" || name == "Subject"
			if name == "Subject" {
				out = append(out, "Subject: "+subjectField(m.Subject)+"\r\n"...)
			}
		}
		if !left {
			out = append(out, l...)
		}
	}
	m.Bytes = append(append(out, "\r\n"...), body...)
	return m, nil
}

// subjectField writes a subject as the value of its field.
func subjectField(s string) string {
	const column = len("Subject: ")
	s = headerText(s)
	if strings.IndexFunc(s, func(r rune) bool { return r > '~' }) < 0 {
		return fold(s, column)
	}
	return encoded(s, column)
}
