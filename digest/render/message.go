package render

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"vesper/digest"
)

// message renders a variant of an edition as cut by c. The templates are executed with placeholder words
// where readers differ; go-mail makes MIME of that, once; then the words give
// way to merge fields in the encoded bytes.
func (r Renderer) message(e digest.Edition, c cuts, variant string) (digest.Message, error) {
	if _, err := time.LoadLocation(r.zone().String()); err != nil {
		return digest.Message{}, fmt.Errorf("the publication's time zone: %w", err)
	}
	sum, err := r.fingerprint(e)
	if err != nil {
		return digest.Message{}, err
	}
	files := map[string]string{"text": textPart, "html": htmlPart}
	kinds := []string{"text", "html"}
	if variant == digest.Plain {
		kinds = kinds[:1]
	}
	var parts []part
	var places []place
	for _, kind := range kinds {
		words := placeholders(sum, kind)
		content, err := r.execute(files[kind], r.sheet(e, r.footerOf(e, r.whySince(words[0], e.Title, words[1]), words[2], words[3]), c))
		if err != nil {
			return digest.Message{}, err
		}
		p := newPart(kind, content)
		here, err := r.places(words, p)
		if err != nil {
			return digest.Message{}, err
		}
		parts, places = append(parts, p), append(places, here...)
	}
	subject := r.subject(e)
	head, body, err := r.mime(subject, "b_"+sum[:32], parts)
	if err != nil {
		return digest.Message{}, err
	}
	for _, p := range parts {
		if body, err = spliced(body, p, places); err != nil {
			return digest.Message{}, err
		}
	}
	h := r.heading(subject, digest.Slot{Name: e.ID.Slot, Title: e.Title})
	if !r.proof {
		h.feedback = r.feedbackID(e, variant)
		h.unsubscribe = r.unsubscribe(field(fieldUnsubscribe))
	}
	h.to, h.date, h.messageID = field(fieldTo), field(fieldDate), field(fieldMessageID)
	fields, err := r.header(h, head)
	if err != nil {
		return digest.Message{}, err
	}
	return digest.Message{Variant: variant, Subject: subject, Bytes: append(append(fields, "\r\n"...), body...)}, nil
}

// fingerprint is a hash over all that the message is made of, but the templates.
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
