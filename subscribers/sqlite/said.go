package sqlite

import (
	"context"
	"strings"

	"vesper/digest"
)

// Whether a row quotes a mailbox: see schema.sql.
const (
	quotesNobody = iota
	quotesOwn
	quotesOthers
)

// said is what is kept of a relay's words on a message.
type said struct {
	text, queueID string
	quotes        int
	// clean is kept in place of text once the reader is gone: it has neither the
	// address nor its local part.
	clean string
}

// hear reads a relay's words. Relays like to quote the recipient, and sometimes
// somebody to whom they passed a message on. What is sent quotes nobody, and no
// name that a relay gives a message has the recipient in it. A letter's reply never
// quotes its recipient, who may not be on the list.
func (q *queue) hear(d digest.Delivery, s digest.Settlement) said {
	text := s.Outcome.Reply
	others, clean := without(text, d.Address, false), without(text, d.Address, true)
	if q.standing == "" {
		text, clean = others, others
	}
	h := said{queueID: plain(without(s.Outcome.QueueID, d.Address, false))}
	switch {
	case s.Step == digest.Sent:
		text, clean = mailboxes.ReplaceAllString(others, "…"), mailboxes.ReplaceAllString(clean, "…")
	case strings.Contains(others+h.queueID, "@"):
		h.quotes = quotesOthers
	case others != text:
		h.quotes = quotesOwn
	}
	h.text, h.clean = plain(text), plain(clean)
	return h
}

// asOf gives what is kept in the row of this reader: the clean text once the reader
// is gone.
func (h said) asOf(ctx context.Context, c conn, reader int64) (said, error) {
	if h.clean == h.text {
		return h, nil
	}
	there, err := has(ctx, c, `SELECT 1 FROM subscribers WHERE id = $1`, reader)
	if err != nil || there {
		return h, err
	}
	h.text = h.clean
	if h.quotes == quotesOwn {
		h.quotes = quotesNobody
	}
	return h, nil
}
