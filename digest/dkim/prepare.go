package dkim

import (
	"bytes"
	"crypto/sha256"
	"encoding"
	"encoding/base64"
	"hash"
	"sync"
	"sync/atomic"
	"time"
)

// Prepare does what is the same for all copies of a message once. The texts are what
// they have in common; between each two of them stands a value of the copy. The function
// that it gives appends to dst what [Signer.Sign] gives for the copy with these values.
// Any number of goroutines may use it.
func (s *Signer) Prepare(texts [][]byte) func(dst []byte, values [][]byte, at time.Time) ([]byte, error) {
	return s.prepare(texts).sign
}

func (s *Signer) prepare(texts [][]byte) *prepared {
	p := &prepared{signer: s, texts: texts, openings: make([]atomic.Pointer[opening], len(s.keys))}
	p.take()
	return p
}

// mark stands for a value where a message is taken apart.
const mark = 0

// prepared is a message with values between its texts.
type prepared struct {
	signer *Signer
	texts  [][]byte
	// known says that the message could be taken apart. Else each copy is signed by
	// itself, as one whose values are part of its structure is.
	known bool
	// inHeader is how many of the values stand in the header.
	inHeader int
	names    []string
	// signed are the fields that are signed, one after another.
	signed []signedPart
	// body are its texts but for what stands before its first value: state is that of
	// the hash over that, some and first what stands open there.
	body  []fixedBody
	state []byte
	some  bool
	first pending
	// openings are the keys' latest.
	openings []atomic.Pointer[opening]
	works    sync.Pool
}

// signedPart is some fields in the relaxed form, or one field with values in it: then raw
// is the field's texts, and value the number of the first of its values.
type signedPart struct {
	relaxed []byte
	raw     [][]byte
	value   int
}

// take takes the message apart. The values are looked at in each copy.
func (p *prepared) take() {
	for _, t := range p.texts {
		if bytes.IndexByte(t, mark) >= 0 {
			return
		}
	}
	fields, body, err := parse(bytes.Join(p.texts, []byte{mark}))
	if err != nil {
		return
	}
	values := make(map[*byte]int, len(fields))
	for _, f := range fields {
		if f.raw[0] == mark || bytes.Contains(f.raw, []byte{'\n', mark}) {
			return
		}
		values[&f.raw[0]] = p.inHeader
		p.inHeader += bytes.Count(f.raw, []byte{mark})
	}
	var chosen []field
	p.names, chosen = choose(fields)
	for _, f := range chosen {
		p.addField(f.raw, values[&f.raw[0]])
	}
	texts := bytes.Split(body, []byte{mark})
	hash := sha256.New()
	var r relaxed
	r.add(texts[0])
	hash.Write(r.out)
	p.some, p.first = r.some, r.pending
	if p.state, err = hash.(encoding.BinaryMarshaler).MarshalBinary(); err != nil {
		return
	}
	for _, t := range texts[1:] {
		p.body = append(p.body, fixBody(t))
	}
	p.known = true
}

func (p *prepared) addField(raw []byte, value int) {
	if texts := bytes.Split(raw, []byte{mark}); len(texts) > 1 {
		p.signed = append(p.signed, signedPart{raw: texts, value: value})
		return
	}
	if n := len(p.signed); n > 0 && p.signed[n-1].raw == nil {
		p.signed[n-1].relaxed = relaxField(p.signed[n-1].relaxed, raw)
		return
	}
	p.signed = append(p.signed, signedPart{relaxed: relaxField(nil, raw)})
}

// fits says whether a copy's values change nothing of the message's structure: in the
// header they stand within lines, and in the body they have whole line ends.
func (p *prepared) fits(values [][]byte) bool {
	if !p.known || len(values) != p.inHeader+len(p.body) {
		return false
	}
	for _, v := range values[:p.inHeader] {
		if bytes.IndexByte(v, '\r') >= 0 || bytes.IndexByte(v, '\n') >= 0 {
			return false
		}
	}
	for _, v := range values[p.inHeader:] {
		if bareEnds(v) {
			return false
		}
	}
	return true
}

// work is what one signature is made with. It is used for many.
type work struct {
	hash hash.Hash
	relaxed
	raw, signed, sum []byte
	bodyHash         [base64Sum]byte
}

func (p *prepared) work() *work {
	if w, ok := p.works.Get().(*work); ok {
		return w
	}
	return &work{hash: sha256.New()}
}

func (p *prepared) sign(dst []byte, values [][]byte, at time.Time) ([]byte, error) {
	if !p.fits(values) {
		field, err := p.signer.Sign(p.whole(values), at)
		return append(dst, field...), err
	}
	w := p.work()
	defer p.works.Put(w)
	if err := p.hashBody(w, values[p.inHeader:]); err != nil {
		return dst, err
	}
	base64.StdEncoding.Encode(w.bodyHash[:], w.sum)
	w.signed = p.header(w, values)
	for i, k := range p.signer.keys {
		own := p.opening(i, at)
		value, err := p.value(w, k, own)
		if err != nil {
			return dst, err
		}
		dst = own.write(dst, w.bodyHash[:], value)
	}
	return dst, nil
}

// hashBody puts the sum of a copy's body into w.
func (p *prepared) hashBody(w *work, values [][]byte) error {
	if err := w.hash.(encoding.BinaryUnmarshaler).UnmarshalBinary(p.state); err != nil {
		return err
	}
	w.out, w.some, w.pending = w.out[:0], p.some, p.first
	for i, f := range p.body {
		w.add(values[i])
		if w.add(f.lead); len(f.core) == 0 {
			continue
		}
		w.settle()
		w.hash.Write(w.out)
		w.hash.Write(f.core)
		w.out, w.pending = w.out[:0], f.then
	}
	w.end()
	w.hash.Write(w.out)
	w.sum = w.hash.Sum(w.sum[:0])
	return nil
}

// header gives a copy's signed fields in the relaxed form.
func (p *prepared) header(w *work, values [][]byte) []byte {
	signed := w.signed[:0]
	for _, part := range p.signed {
		if part.raw == nil {
			signed = append(signed, part.relaxed...)
			continue
		}
		w.raw = append(w.raw[:0], part.raw[0]...)
		for i, text := range part.raw[1:] {
			w.raw = append(append(w.raw, values[part.value+i]...), text...)
		}
		signed = relaxField(signed, w.raw)
	}
	return signed
}

// whole gives a whole copy.
func (p *prepared) whole(values [][]byte) []byte {
	var message []byte
	for i, t := range p.texts {
		if message = append(message, t...); i < len(values) {
			message = append(message, values[i]...)
		}
	}
	return message
}

// base64Sum is how long a SHA-256 sum is in base64.
const base64Sum = 44

// opening is a signature's own field up to "b=", as it is sent and in the relaxed form,
// with the places of the body's hash in them. It is the same for all copies of a time.
type opening struct {
	at                     int64
	field, relaxed         []byte
	fieldHash, relaxedHash int
}

func (p *prepared) opening(i int, at time.Time) *opening {
	if own := p.openings[i].Load(); own != nil && own.at == at.Unix() {
		return own
	}
	sum := make([]byte, sha256.Size)
	own := &opening{at: at.Unix(), field: unsigned(p.signer.domain, p.signer.keys[i], at, p.names, sum)}
	own.relaxed = relaxField(nil, own.field)
	own.relaxed = own.relaxed[:len(own.relaxed)-len(crlf)]
	place := []byte("bh=" + base64.StdEncoding.EncodeToString(sum))
	own.fieldHash = bytes.Index(own.field, place) + len("bh=")
	own.relaxedHash = bytes.Index(own.relaxed, place) + len("bh=")
	p.openings[i].Store(own)
	return own
}
