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

// Composer makes readers' copies of an edition from its stored messages alone: a
// run that goes on after a restart sends the same bytes, even with another
// configuration or other templates. Any number of goroutines may use it.
type Composer struct {
	// Signer signs each copy, with the time when the delivery was first due: a
	// repeat has the same signature as long as the key is the same. With nil no copy
	// is signed, and the relay may do it.
	Signer Signer
	// Repeats signs the copies that may have arrived before, in place of Signer. Nil:
	// they are signed as the others.
	Repeats Signer

	forms map[string]form
	// before and after are the return path's text on both sides of its token; token
	// is false if it has none.
	before, after string
	token         bool
}

// form is a message taken apart at its merge fields: text, field, text … text.
type form struct {
	texts [][]byte
	puts  []put
	size  int
}

// NewComposer takes the messages of an edition apart. "{token}" in returnPath, the
// envelope sender, stands for each delivery's own token, as in
// bounces+{token}@bounce.news.example. Without it all deliveries have the same
// return path. It is an error if returnPath is no address, or if a message is not
// one that this package made.
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

// parse takes a message apart.
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

// parsePieces reads texts and fields in turn, as far as the field called end or, if
// end is empty, to the end of the message. It gives what is left.
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

// fill appends a reader's copy to dst.
func (f form) fill(dst []byte, d *digest.Delivery) []byte {
	for i, p := range f.puts {
		dst = append(dst, f.texts[i]...)
		dst = p(dst, d)
	}
	return append(dst, f.texts[len(f.puts)]...)
}

// encoded appends the rest of a part to dst, in base64, as one reader gets it. It
// leaves out the end of the last line, which the message has.
func (f form) encoded(dst []byte, d *digest.Delivery) []byte {
	plain := f.fill(make([]byte, 0, f.size+8*len(d.Address)+256), d)
	return bytes.TrimSuffix(lines64(dst, plain), []byte("\r\n"))
}

// Compose makes the envelope of one delivery, whose key is the subscriber's ID. The
// same delivery always gives the same bytes. It is an error if the edition has no
// message of the delivery's variant, if one of its values cannot stand in a message
// or if it can't be signed.
func (c *Composer) Compose(d digest.Delivery) (digest.Envelope, error) {
	from, data, err := c.compose(d)
	if err != nil {
		return digest.Envelope{}, fmt.Errorf("compose for subscriber %d: %w", d.Key, err)
	}
	return digest.Envelope{Delivery: d, From: from, To: d.Address, Data: data}, nil
}

func (c *Composer) compose(d digest.Delivery) (from string, data []byte, err error) {
	f, ok := c.forms[d.Variant]
	if !ok {
		return "", nil, fmt.Errorf("no message of variant %q", d.Variant)
	}
	if err := check(d); err != nil {
		return "", nil, err
	}
	from = c.before
	if c.token {
		if !tokenOf(d.ReturnPath, "") {
			return "", nil, errors.New("the return-path token is none")
		}
		from += d.ReturnPath + c.after
	}
	// The address stands in the message three times; at worst every octet is escaped.
	size := f.size + 8*len(d.Address) + 3*len(d.Unsubscribe) + 3*len(d.Preferences) + 512
	data = f.fill(make([]byte, 0, size), &d)
	signer := c.Signer
	if d.Doubts > 0 && c.Repeats != nil {
		signer = c.Repeats
	}
	if signer != nil {
		signature, err := signer.Sign(data, d.FirstDue)
		if err != nil {
			return "", nil, err
		}
		data = append(signature, data...)
	}
	return from, data, nil
}

// check refuses values that could change the text around them. The errors don't
// quote the values, which name readers and their keys.
func check(d digest.Delivery) error {
	if !tokenOf(d.Unsubscribe, "") || d.Preferences != "" && !tokenOf(d.Preferences, "") ||
		d.Leave != "" && !tokenOf(d.Leave, "") {
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

// tokenOf says whether s has only letters of base64url and those in extra, and at
// least one.
func tokenOf(s, extra string) bool {
	for _, r := range s {
		if !letterOrDigit(r) && r != '-' && r != '_' && !strings.ContainsRune(extra, r) {
			return false
		}
	}
	return s != ""
}
