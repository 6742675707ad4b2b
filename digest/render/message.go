package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"vesper/digest"
)

// message renders the designed variant. The templates are executed with
// placeholder words where readers differ; go-mail makes MIME of that, once; then
// the words give way to merge fields in the encoded bytes.
func (r Renderer) message(e digest.Edition) (digest.Message, error) {
	if err := r.check(e); err != nil {
		return digest.Message{}, err
	}
	zone := r.zone().String()
	if _, err := time.LoadLocation(zone); err != nil {
		return digest.Message{}, fmt.Errorf("the publication's time zone: %w", err)
	}
	sum, err := r.fingerprint(e)
	if err != nil {
		return digest.Message{}, err
	}
	places := placeholders(sum, zone)
	text, err := r.part(e, r.placeholderFooter(e, places[:3]), textPart)
	if err != nil {
		return digest.Message{}, err
	}
	html, err := r.part(e, r.placeholderFooter(e, places[3:]), htmlPart)
	if err != nil {
		return digest.Message{}, err
	}
	made, err := r.mime(e, "b_"+sum[:32], text, html)
	if err != nil {
		return digest.Message{}, err
	}
	head, body, ok := bytes.Cut(made, []byte("\r\n\r\n"))
	if !ok {
		return digest.Message{}, fmt.Errorf("the message has no body")
	}
	for _, s := range places {
		if body, err = s.mark(body); err != nil {
			return digest.Message{}, err
		}
	}
	lines, err := r.header(e, head)
	if err != nil {
		return digest.Message{}, err
	}
	return digest.Message{
		Variant: digest.Designed, Subject: r.subject(e),
		Bytes: append(append(lines, "\r\n"...), body...),
	}, nil
}

// mime lets go-mail encode the parts. Of its header only some lines are used.
func (r Renderer) mime(e digest.Edition, boundary, text, html string) ([]byte, error) {
	m := mail.NewMsg(mail.WithBoundary(boundary), mail.WithNoDefaultUserAgent(),
		mail.WithCharset(mail.CharsetUTF8), mail.WithEncoding(mail.EncodingQP))
	if err := m.From(r.Publication.From); err != nil {
		return nil, fmt.Errorf("the publication's From: %w", err)
	}
	if reply := r.Publication.ReplyTo; reply != "" {
		if err := m.ReplyTo(reply); err != nil {
			return nil, fmt.Errorf("the publication's Reply-To: %w", err)
		}
	}
	m.Subject(headerText(r.subject(e)))
	m.SetBodyString(mail.TypeTextPlain, text)
	m.AddAlternativeString(mail.TypeTextHTML, html)
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return b.Bytes(), nil
}

// fingerprint is a hash over all that the message is made of.
func (r Renderer) fingerprint(e digest.Edition) (string, error) {
	b, err := json.Marshal(struct {
		ID       string
		Edition  digest.Edition
		Layout   Layout
		From, To string
	}{e.ID.String(), e, r.Layout, r.Publication.From, r.Publication.BaseURL})
	if err != nil {
		return "", fmt.Errorf("fingerprint: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// place is a place where readers differ: the word that holds it while templates
// and encoders are at work, and the field that it becomes.
type place struct{ word, field string }

// placeholders makes the places of both parts: address, date and token. No article
// can contain their words, since they come from a hash over all articles; being
// letters and digits, they pass every encoder unchanged.
func placeholders(sum, zone string) []place {
	var places []place
	for _, part := range []string{"text", "html"} {
		for _, f := range []string{
			field(fieldAddress, part), field(fieldSince, part, zone), field(fieldUnsubscribe, part),
		} {
			word := fmt.Sprintf("v%s%c", sum[32:56], 'a'+rune(len(places)))
			places = append(places, place{word: word, field: f})
		}
	}
	return places
}

func (r Renderer) placeholderFooter(e digest.Edition, places []place) footer {
	return footer{
		Why:         english().why(places[0].word, r.name(e), places[1].word),
		Unsubscribe: r.unsubscribe(places[2].word),
		WebView:     r.webView(e.ID),
	}
}

// mark puts the field where the word is in a quoted-printable body, even where a
// soft line break splits it. The field gets a line of its own.
func (s place) mark(body []byte) ([]byte, error) {
	split := regexp.MustCompile(strings.Join(strings.Split(s.word, ""), `(?:=\r\n)?`))
	found := split.FindAllIndex(body, -1)
	if len(found) == 0 {
		return nil, fmt.Errorf("the template leaves out %q", strings.Trim(s.field, "\x00"))
	}
	var out []byte
	last := 0
	for _, at := range found {
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
	return append(out, body[last:]...), nil
}
