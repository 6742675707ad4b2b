package render

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"vesper/digest"
)

// message renders a variant of an edition, which shows as much as c says. Where
// readers differ the templates print words that stand for the values. go-mail makes
// MIME of it, once. Then merge fields take the place of the words in the encoded
// bytes.
func (r Renderer) message(e digest.Edition, c cuts, variant string) (digest.Message, error) {
	if _, err := time.LoadLocation(r.zone().String()); err != nil {
		return digest.Message{}, fmt.Errorf("the publication's time zone: %w", err)
	}
	sum, err := r.fingerprint(e)
	if err != nil {
		return digest.Message{}, err
	}
	kinds := []string{"text", "html"}
	if variant == digest.Plain || variant == digest.CorrectionPlain {
		kinds = kinds[:1]
	}
	subject, files, set := r.subject(e), files, r.withWords
	if variant == digest.CorrectionDesigned || variant == digest.CorrectionPlain {
		subject, files, set = r.correctionSubject(e), correctionFiles, r.correctionWithWords
	}
	var parts []part
	var standIns []standIn
	for _, kind := range kinds {
		words := standInWords(sum, kind)
		content, err := set(e, c, files[kind], words)
		if err != nil {
			return digest.Message{}, err
		}
		p := newPart(kind, content)
		its, err := r.standIns(words, p)
		if err != nil {
			return digest.Message{}, err
		}
		parts, standIns = append(parts, p), append(standIns, its...)
	}
	head, body, err := r.mime(subject, "b_"+sum[:32], parts)
	if err != nil {
		return digest.Message{}, err
	}
	for _, p := range parts {
		if body, err = spliced(body, p, standIns); err != nil {
			return digest.Message{}, err
		}
	}
	h := r.heading(subject, digest.Slot{Name: e.ID.Slot, Title: e.Title})
	if !r.proof {
		h.feedback = r.feedbackID(e, variant)
		h.unsubscribe = r.unsubscribe(field(fieldUnsubscribe))
		if r.LeaveBy != nil {
			h.leave = strings.Replace(r.LeaveBy(), "{token}", field(fieldLeave), 1)
		}
	}
	h.to, h.date, h.messageID = field(fieldTo), field(fieldDate), field(fieldMessageID)
	fields, err := r.header(h, head)
	if err != nil {
		return digest.Message{}, err
	}
	return digest.Message{Variant: variant, Subject: subject, Bytes: append(append(fields, "\r\n"...), body...)}, nil
}

// files are the templates of a message's parts.
var files = map[string]string{"text": textPart, "html": htmlPart}

// withWords renders a part of an edition with the words that stand for a reader's
// values: see [standInWords].
func (r Renderer) withWords(e digest.Edition, c cuts, file string, words []string) (string, error) {
	why := r.whySince(words[0], e.Title, words[1])
	return r.execute(file, r.editionValues(e, r.footerOf(e, why, words[2], words[3]), c))
}

// fingerprint is a hash of all that the message is made of, without the templates.
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
