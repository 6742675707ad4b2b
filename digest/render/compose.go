package render

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"vesper/digest"
)

// Signer signs messages: it gives the signature's fields to put before the
// message, and the same ones for the same message and time. Any number of
// goroutines may use it.
type Signer interface {
	Sign(message []byte, at time.Time) ([]byte, error)
}

// Composer makes readers' copies of an edition from its stored messages alone,
// so that a run that goes on after a restart, with another configuration or
// other templates, sends the same bytes. Any number of goroutines may use it.
type Composer struct {
	// Signer signs each copy as of the delivery's first due time, so that a repeat
	// has the same signature as long as the key is the same. With nil none is
	// signed, and the relay may do it.
	Signer Signer

	forms map[string]form
	// before and after stand round the token of the return path.
	before, after string
	token         bool
}

// form is a message taken apart at its merge fields: text, field, text … text.
type form struct {
	texts [][]byte
	puts  []put
	size  int
}

// NewComposer takes the messages of an edition apart. In returnPath, the
// envelope sender, "{token}" stands for each delivery's own token, as in
// bounces+{token}@bounce.news.example; without it all have the same.
func NewComposer(messages []digest.Message, returnPath string) (*Composer, error) {
	c := &Composer{forms: make(map[string]form, len(messages))}
	c.before, c.after, c.token = strings.Cut(returnPath, "{token}")
	if !strings.Contains(returnPath, "@") || strings.ContainsAny(returnPath, " <>") || !clean(returnPath) {
		return nil, fmt.Errorf("the return path %q is not an address", returnPath)
	}
	for _, m := range messages {
		f, err := parse(m.Bytes)
		if err != nil {
			return nil, fmt.Errorf("message %s: %w", m.Variant, err)
		}
		c.forms[m.Variant] = f
	}
	return c, nil
}

func parse(message []byte) (form, error) {
	pieces := bytes.Split(message, []byte{0})
	if len(pieces)%2 == 0 {
		return form{}, errors.New("a merge field has no end")
	}
	f, rest, err := parsePieces(pieces, "")
	if err == nil && len(rest) > 0 {
		err = errors.New("a part ends that did not begin")
	}
	return f, err
}

// parsePieces reads texts and fields in turn, up to a text that ends the message
// or to the field that is to end them, and gives what is left.
func parsePieces(pieces [][]byte, end string) (form, [][]byte, error) {
	var f form
	for {
		f.texts = append(f.texts, pieces[0])
		f.size += len(pieces[0])
		if len(pieces) == 1 {
			if end != "" {
				return f, nil, fmt.Errorf("the merge field %q has no %q", fieldBase64, end)
			}
			return f, nil, nil
		}
		name := string(pieces[1])
		pieces = pieces[2:]
		if name == fieldEnd {
			return f, pieces, nil
		}
		if name == fieldBase64 {
			inner, rest, err := parsePieces(pieces, fieldEnd)
			if err != nil {
				return f, nil, err
			}
			pieces = rest
			f.puts = append(f.puts, inner.encoded)
			f.size += inner.size * 78 / perLine
			continue
		}
		put, err := parseField(name)
		if err != nil {
			return f, nil, err
		}
		f.puts = append(f.puts, put)
	}
}

// fill appends a reader's copy.
func (f form) fill(dst []byte, d *digest.Delivery) []byte {
	for i, p := range f.puts {
		dst = append(dst, f.texts[i]...)
		dst = p(dst, d)
	}
	return append(dst, f.texts[len(f.puts)]...)
}

// encoded appends a reader's copy of the rest of a part in base64. The end of the
// last line is the message's own.
func (f form) encoded(dst []byte, d *digest.Delivery) []byte {
	plain := f.fill(make([]byte, 0, f.size+8*len(d.Address)+256), d)
	return bytes.TrimSuffix(lines64(dst, plain), []byte("\r\n"))
}

// Compose makes the envelope of one delivery. The same delivery always gives the
// same bytes. It is an error if the delivery's variant is none of the edition's,
// if one of its values cannot stand in a message or if it can't be signed.
func (c *Composer) Compose(d digest.Delivery) (digest.Envelope, error) {
	f, ok := c.forms[d.Variant]
	if !ok {
		return digest.Envelope{}, fmt.Errorf("compose for subscriber %d: no message of variant %q", d.Subscriber, d.Variant)
	}
	if err := check(d); err != nil {
		return digest.Envelope{}, fmt.Errorf("compose for subscriber %d: %w", d.Subscriber, err)
	}
	from := c.before
	if c.token {
		if !tokenOf(d.ReturnPath, "") {
			return digest.Envelope{}, fmt.Errorf("compose for subscriber %d: the return-path token is none", d.Subscriber)
		}
		from += d.ReturnPath + c.after
	}
	// The address stands in the message three times, at worst all of it escaped.
	data := f.fill(make([]byte, 0, f.size+8*len(d.Address)+3*len(d.Unsubscribe)+3*len(d.Preferences)+512), &d)
	if c.Signer != nil {
		signature, err := c.Signer.Sign(data, d.FirstDue)
		if err != nil {
			return digest.Envelope{}, fmt.Errorf("compose for subscriber %d: %w", d.Subscriber, err)
		}
		data = append(signature, data...)
	}
	return digest.Envelope{Delivery: d, From: from, To: d.Address, Data: data}, nil
}

// check refuses values that would break out of their place. The errors don't
// quote them: they name readers and their keys.
func check(d digest.Delivery) error {
	if !tokenOf(d.Unsubscribe, "") || d.Preferences != "" && !tokenOf(d.Preferences, "") {
		return errors.New("a link token is none")
	}
	return checkSent(d.Address, d.MessageID, d.FirstDue)
}

// checkSent refuses values that a header can't have.
func checkSent(address, messageID string, date time.Time) error {
	switch {
	case !strings.Contains(address, "@") || !clean(address) || strings.ContainsAny(address, " ,;<>"):
		return errors.New("the address is not a bare mailbox")
	case !tokenOf(messageID, ".+"):
		return errors.New("the left part of the Message-ID is none")
	case date.IsZero():
		return errors.New("it has no date")
	}
	return nil
}

// tokenOf says whether s is of base64url letters and those in extra.
func tokenOf(s, extra string) bool {
	for _, r := range s {
		if !letterOrDigit(r) && r != '-' && r != '_' && !strings.ContainsRune(extra, r) {
			return false
		}
	}
	return s != ""
}
