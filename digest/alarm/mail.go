package alarm

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
)

// Mail mails the facts.
type Mail struct {
	// From is our own address, To are those who are mailed, each by a message of their own.
	From mail.Address
	To   []string
	// Sign gives the header fields of a message's signature; nil: it is not signed.
	Sign func(message []byte, at time.Time) ([]byte, error)
	// Send brings a message to an address, past all ledgers. The reason says what is wrong:
	// a relay that it names is tried last.
	Send func(ctx context.Context, to string, message []byte, reason string) error

	// reached are those who have a message that others have not got yet.
	reached map[sent]bool
}

// sent is a message, by its ID, and who got it.
type sent struct{ id, to string }

// Name implements [Way].
func (*Mail) Name() string { return "mail" }

// Tell implements [Way]. It has succeeded if all have got the message. Who has got it gets no
// other when it is tried again, unless the service was started anew.
func (w *Mail) Tell(ctx context.Context, m Message) error {
	var failed []error
	for _, to := range w.To {
		if w.reached[sent{m.ID, to}] {
			continue
		}
		if err := w.tell(ctx, to, m); err != nil {
			failed = append(failed, err)
			continue
		}
		if w.reached == nil {
			w.reached = map[sent]bool{}
		}
		w.reached[sent{m.ID, to}] = true
	}
	if len(failed) == 0 {
		for _, to := range w.To {
			delete(w.reached, sent{m.ID, to})
		}
		return nil
	}
	if len(w.To) == 1 {
		return failed[0]
	}
	return fmt.Errorf("%d of %d addresses got none: %w", len(failed), len(w.To), errors.Join(failed...))
}

func (w *Mail) tell(ctx context.Context, to string, m Message) error {
	message := w.write(to, m)
	if w.Sign != nil {
		// Who can't sign says so all the same.
		if field, err := w.Sign(message, m.At); err == nil {
			message = append(field, message...)
		}
	}
	return w.Send(ctx, to, message, m.Alarm.About+" "+m.Alarm.Reason)
}

// write writes the message, with CRLF line ends. Lines are ASCII and short.
func (w *Mail) write(to string, m Message) []byte {
	domain := w.From.Address[strings.LastIndexByte(w.From.Address, '@')+1:]
	fields := []string{
		"From: " + w.From.String(), "To: <" + to + ">",
		"Subject: " + mime.QEncoding.Encode("utf-8", "[Vesper] "+m.Title()),
		"Date: " + m.At.Format(time.RFC1123Z), "Message-ID: <" + m.ID + "@" + domain + ">",
		// Both parts of an alarm are one conversation.
		"References: <" + m.Alarm.Ref + "@" + domain + ">",
		"Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All", "MIME-Version: 1.0",
		"Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable",
	}
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(strings.ReplaceAll(f, "?= =?", "?=\r\n =?") + "\r\n")
	}
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	// A Builder takes everything.
	_, _ = q.Write([]byte(strings.ReplaceAll(m.text(), "\n", "\r\n")))
	_ = q.Close()
	return []byte(b.String())
}
