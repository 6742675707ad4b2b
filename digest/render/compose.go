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
	var f form
	for i, piece := range pieces {
		if i%2 == 0 {
			f.texts = append(f.texts, piece)
			f.size += len(piece)
			continue
		}
		p, err := parseField(string(piece))
		if err != nil {
			return form{}, err
		}
		f.puts = append(f.puts, p)
	}
	return f, nil
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
	data := make([]byte, 0, f.size+8*len(d.Address)+3*len(d.Unsubscribe)+256)
	for i, p := range f.puts {
		data = append(data, f.texts[i]...)
		data = p(data, &d)
	}
	data = append(data, f.texts[len(f.puts)]...)
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
	switch {
	case !strings.Contains(d.Address, "@") || !clean(d.Address) || strings.ContainsAny(d.Address, " ,;<>"):
		return errors.New("the address is not a bare mailbox")
	case !tokenOf(d.MessageID, ".+"):
		return errors.New("the left part of the Message-ID is none")
	case !tokenOf(d.Unsubscribe, ""):
		return errors.New("the link token is none")
	case d.FirstDue.IsZero():
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
