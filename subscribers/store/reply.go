package store

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

// reply is what is kept of a relay's reply to a message.
type reply struct {
	text, queueID string
	quotes        int
	// clean is kept in place of text once the reader is gone: it has neither the
	// address nor its local part.
	clean string
}

// replyOf gives what is kept of the reply in a settlement. Relays like to quote the
// recipient, and sometimes somebody to whom they passed a message on. What is sent
// quotes nobody, and no name that a relay gives a message has the recipient in it. A
// letter's reply never quotes its recipient, who may not be on the list.
func (q *queue) replyOf(d digest.Delivery, s digest.Settlement) reply {
	text := s.Outcome.Reply
	others, clean := without(text, d.Address, false), without(text, d.Address, true)
	if q.status == "" {
		text, clean = others, others
	}
	r := reply{queueID: plain(without(s.Outcome.QueueID, d.Address, false))}
	switch {
	case s.Step == digest.Sent:
		text, clean = veiled(others), veiled(clean)
	case strings.Contains(others+r.queueID, "@"):
		r.quotes = quotesOthers
	case others != text:
		r.quotes = quotesOwn
	}
	r.text, r.clean = plain(text), plain(clean)
	return r
}

// asOf gives what is kept in the row of this reader: the clean text once the reader
// is gone.
func (r reply) asOf(ctx context.Context, c conn, reader int64) (reply, error) {
	if r.clean == r.text {
		return r, nil
	}
	there, err := has(ctx, c, `SELECT 1 FROM subscribers WHERE id = $1`, reader)
	if err != nil || there {
		return r, err
	}
	r.text = r.clean
	if r.quotes == quotesOwn {
		r.quotes = quotesNobody
	}
	return r, nil
}
