package render

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"vesper/digest"
)

// Signer signs messages: it gives the signature's fields to put before the
// message, and the same ones for the same message and time. Any number of
// goroutines may use it.
type Signer interface {
	Sign(message []byte, at time.Time) ([]byte, error)
}

// preparer is a Signer that can do what is the same for all copies of a message once. The
// texts are what they have in common, with a value between each two of them. What it gives
// appends to dst the fields that Sign gives for the copy with these values.
type preparer interface {
	Prepare(texts [][]byte) func(dst []byte, values [][]byte, at time.Time) ([]byte, error)
}

// Composer makes readers' copies of an edition from its stored messages alone: a
// run that goes on after a restart sends the same bytes, even with another
// configuration or other templates. Any number of goroutines may use it.
type Composer struct {
	// Signer signs each copy, with the time when the delivery was first due: a
	// repeat has the same signature as long as the key is the same. With nil no copy
	// is signed, and the relay may do it. It is not to be changed after the first copy.
	Signer Signer
	// Repeats signs the copies that may have arrived before, in place of Signer. Nil:
	// they are signed as the others.
	Repeats Signer
	// Ahead has signatures that were made ahead; nil: there are none.
	Ahead Ahead

	forms map[string]*form
	// before and after are the return path's text on both sides of its token; token
	// is false if it has none.
	before, after string
	token         bool

	drafts sync.Pool
	// free has the room of copies that nobody uses any more.
	free chan room
}

// room is the memory of a copy, to be used again: for its octets, or for those of its own
// with what the pieces are in.
type room struct {
	octets []byte
	pieces [][]byte
}

// signatures is room for what stands before a copy.
const signatures = 2 << 10

// mostFree is how many buffers are kept: as many as lie ready and are in hand, with 40
// connections.
const mostFree = 128

// NewComposer takes the messages of an edition apart. "{token}" in returnPath, the
// envelope sender, stands for each delivery's own token, as in
// bounces+{token}@bounce.news.example. Without it all deliveries have the same
// return path. It is an error if returnPath is no address, or if a message is not
// one that this package made.
func NewComposer(messages []digest.Message, returnPath string) (*Composer, error) {
	c := &Composer{forms: make(map[string]*form, len(messages)), free: make(chan room, mostFree)}
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

// Compose makes the envelope of one delivery, whose key is the subscriber's ID. The
// same delivery always gives the same bytes. It is an error if the edition has no
// message of the delivery's variant, if one of its values cannot stand in a message
// or if it can't be signed.
func (c *Composer) Compose(d digest.Delivery) (digest.Envelope, error) { return c.composed(d, false) }

// ComposePieces is Compose, and leaves what copies have in common where it is: the envelope
// has Pieces, unless its lines have to be looked at.
func (c *Composer) ComposePieces(d digest.Delivery) (digest.Envelope, error) {
	return c.composed(d, true)
}

func (c *Composer) composed(d digest.Delivery, inPieces bool) (digest.Envelope, error) {
	own, ok := c.drafts.Get().(*draft)
	if !ok {
		own = new(draft)
	}
	defer c.drafts.Put(own)
	// What the functions of the fields are given a pointer to would need memory of its own.
	own.envelope = digest.Envelope{Delivery: d, To: d.Address}
	if err := c.compose(&own.envelope, own, inPieces); err != nil {
		return digest.Envelope{}, fmt.Errorf("compose for subscriber %d: %w", d.Key, err)
	}
	return own.envelope, nil
}

// Quick says that a copy takes hardly longer than to copy it: it is not signed.
func (c *Composer) Quick() bool { return c.Signer == nil && c.Repeats == nil }

// Release gives back an envelope that nobody uses any more: its bytes become those of
// another one. Nobody has to.
func (c *Composer) Release(e digest.Envelope) {
	r := room{octets: e.Data[:0]}
	if len(e.Pieces) > 0 {
		// The first begins with the octets of its own.
		r = room{e.Pieces[0][:0], e.Pieces[:0]}
	}
	select {
	case c.free <- r:
	default:
	}
}

// room gives room for a copy.
func (c *Composer) room() room {
	select {
	case r := <-c.free:
		return r
	default:
		return room{}
	}
}

func (c *Composer) compose(e *digest.Envelope, own *draft, inPieces bool) error {
	d := &e.Delivery
	f, ok := c.forms[d.Variant]
	if !ok {
		return fmt.Errorf("no message of variant %q", d.Variant)
	}
	if err := check(d); err != nil {
		return err
	}
	e.From = c.before
	if c.token {
		if !tokenOf(d.ReturnPath, "") {
			return errors.New("the return-path token is none")
		}
		e.From = c.before + d.ReturnPath + c.after
	}
	own.fill(f, d)
	room := c.room()
	data, err := c.sign(slices.Grow(room.octets, signatures+len(own.values)), own, f, d)
	if err != nil {
		return err
	}
	e.Form = own.known(f, data)
	if inPieces && e.Form.Ready {
		e.Pieces = own.pieces(room.pieces, data, f)
		return nil
	}
	e.Data = own.join(slices.Grow(data, own.size(f)), f)
	return nil
}

// sign appends the signature of a copy to dst.
func (c *Composer) sign(dst []byte, own *draft, f *form, d *digest.Delivery) ([]byte, error) {
	signer := c.Signer
	if d.Doubts > 0 && c.Repeats != nil {
		signer = c.Repeats
	} else if prepared := f.signing(signer); prepared != nil {
		values := own.all()
		if signed, ok := c.signedAhead(dst, f, values, d); ok {
			return signed, nil
		}
		return prepared(dst, values, d.FirstDue)
	}
	if signer == nil {
		return dst, nil
	}
	signature, err := signer.Sign(own.join(nil, f), d.FirstDue)
	return append(dst, signature...), err
}

// check refuses values that could change the text around them. The errors don't
// quote the values, which name readers and their keys.
func check(d *digest.Delivery) error {
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
	for i := range len(s) {
		if c := s[i]; !letterOrDigit(rune(c)) && c != '-' && c != '_' && strings.IndexByte(extra, c) < 0 {
			return false
		}
	}
	return s != ""
}
