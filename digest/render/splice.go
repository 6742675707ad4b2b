package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// place is a place where readers differ: the word that holds it while templates
// and encoders are at work, the part it is in and the field that it becomes.
type place struct{ word, part, field string }

// placeholders gives the words of a part for address, date and the tokens to
// leave and to choose. No article can contain them, since they come from a hash
// over all articles; being letters and digits, they pass every encoder unchanged.
func placeholders(sum, part string) []string {
	var words []string
	for _, letter := range "abcd" {
		words = append(words, fmt.Sprintf("v%s%c%c", sum[32:56], part[0], letter))
	}
	return words
}

// places gives the fields that the words in a part become.
func (r Renderer) places(words []string, p part) ([]place, error) {
	form, err := json.Marshal(r.words().Since())
	if err != nil {
		return nil, fmt.Errorf("the form of dates: %w", err)
	}
	in := p.kind
	if p.base64 {
		in += raw
	}
	var places []place
	for i, f := range []string{
		field(fieldAddress, in), field(fieldSince, in, r.zone().String(), string(form)),
		field(fieldUnsubscribe, in), field(fieldPreferences, in),
	} {
		places = append(places, place{words[i], p.kind, f})
	}
	return places, nil
}

// spliced puts fields where their words are in a part of an encoded body. A
// template may leave out all of them but the way to leave.
func spliced(body []byte, p part, places []place) ([]byte, error) {
	content := crlf(p.content)
	first := len(content)
	for _, at := range places {
		if at.part != p.kind {
			continue
		}
		i := strings.Index(content, at.word)
		if i < 0 && strings.Contains(at.field, fieldUnsubscribe) {
			return nil, fmt.Errorf("the %s template leaves out the link to unsubscribe", p.kind)
		}
		if i >= 0 {
			first = min(first, i)
		}
	}
	if !p.base64 {
		for _, at := range places {
			if at.part == p.kind {
				body = at.mark(body)
			}
		}
		return body, nil
	}
	// The lines before the first field are encoded for all, the others for each.
	whole := bytes.TrimSuffix(lines64(nil, []byte(content)), []byte("\r\n"))
	if bytes.Count(body, whole) != 1 {
		return nil, fmt.Errorf("the %s part is not found in the message", p.kind)
	}
	kept := first - first%perLine
	tail := content[kept:]
	for _, at := range places {
		if at.part == p.kind {
			tail = strings.ReplaceAll(tail, at.word, at.field)
		}
	}
	own := string(lines64(nil, []byte(content[:kept]))) + field(fieldBase64) + tail + field(fieldEnd)
	return bytes.Replace(body, whole, []byte(own), 1), nil
}

// mark puts the field where the word is in a quoted-printable body, even where a
// soft line break splits it. The field gets a line of its own.
func (s place) mark(body []byte) []byte {
	split := regexp.MustCompile(strings.Join(strings.Split(s.word, ""), `(?:=\r\n)?`))
	var out []byte
	last := 0
	for _, at := range split.FindAllIndex(body, -1) {
		out = append(out, body[last:at[0]]...)
		if len(out) > 0 && out[len(out)-1] != '\n' {
			out = append(out, "=\r\n"...)
		}
		out = append(out, s.field...)
		rest := body[at[1]:]
		if !bytes.HasPrefix(rest, []byte("\r\n")) && !bytes.HasPrefix(rest, []byte("=\r\n")) {
			out = append(out, "=\r\n"...)
		}
		last = at[1]
	}
	return append(out, body[last:]...)
}
