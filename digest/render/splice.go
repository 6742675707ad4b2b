package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// standIn is a word that stands for a reader's value while templates and encoders
// are at work. It says which part of the message it is in, and which merge field
// takes its place afterwards.
type standIn struct{ word, part, field string }

// standInWords gives the words of a part that stand for the address, the date, the
// token to leave and the token to choose. No article can have them in it, since
// they come from a hash over all articles. They have letters and digits alone, so
// every encoder leaves them as they are.
func standInWords(sum, part string) []string {
	var words []string
	for _, letter := range "abcd" {
		words = append(words, fmt.Sprintf("v%s%c%c", sum[32:56], part[0], letter))
	}
	return words
}

// standIns says which fields the words in a part become.
func (r Renderer) standIns(words []string, p part) ([]standIn, error) {
	form, err := json.Marshal(r.words().Since())
	if err != nil {
		return nil, fmt.Errorf("the form of dates: %w", err)
	}
	in := p.kind
	if p.base64 {
		in += raw
	}
	var all []standIn
	for i, f := range []string{
		field(fieldAddress, in), field(fieldSince, in, r.zone().String(), string(form)),
		field(fieldUnsubscribe, in), field(fieldPreferences, in),
	} {
		all = append(all, standIn{words[i], p.kind, f})
	}
	return all, nil
}

// spliced puts fields where their words are in a part of an encoded body. A
// template may leave out any of them but the link to unsubscribe.
func spliced(body []byte, p part, all []standIn) ([]byte, error) {
	content := crlf(p.content)
	first := len(content)
	for _, s := range all {
		if s.part != p.kind {
			continue
		}
		i := strings.Index(content, s.word)
		if i < 0 && strings.Contains(s.field, fieldUnsubscribe) {
			return nil, fmt.Errorf("the %s template leaves out the link to unsubscribe", p.kind)
		}
		if i >= 0 {
			first = min(first, i)
		}
	}
	if !p.base64 {
		for _, s := range all {
			if s.part == p.kind {
				body = s.mark(body)
			}
		}
		return body, nil
	}
	// The lines before the first field are the same for all readers and are encoded
	// here. The others are encoded for each reader.
	whole := bytes.TrimSuffix(lines64(nil, []byte(content)), []byte("\r\n"))
	if bytes.Count(body, whole) != 1 {
		return nil, fmt.Errorf("the %s part is not found in the message", p.kind)
	}
	kept := first - first%perLine
	tail := content[kept:]
	for _, s := range all {
		if s.part == p.kind {
			tail = strings.ReplaceAll(tail, s.word, s.field)
		}
	}
	own := string(lines64(nil, []byte(content[:kept]))) + field(fieldBase64) + tail + field(fieldEnd)
	return bytes.Replace(body, whole, []byte(own), 1), nil
}

// mark puts the field where the word is in a quoted-printable body, even if a soft
// line break splits the word. The field gets a line of its own.
func (s standIn) mark(body []byte) []byte {
	split := regexp.MustCompile(strings.Join(strings.Split(s.word, ""), `(?:=\r\n)?`))
	var out []byte
	last := 0
	for _, at := range split.FindAllIndex(body, -1) {
		out = append(out, body[last:at[0]]...)
		if len(out) > 0 && out[len(out)-1] != '\n' {
			out = append(out, "=\r\n"...)
		}
		out = append(out, s.field...)
		last = at[1]
		rest := body[last:]
		if bytes.HasPrefix(rest, []byte("\r\n")) || bytes.HasPrefix(rest, []byte("=\r\n")) {
			continue
		}
		out, rest = undot(append(out, "=\r\n"...), rest)
		last = len(body) - len(rest)
	}
	return append(out, body[last:]...)
}
