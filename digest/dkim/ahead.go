package dkim

import (
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"time"

	"vesper/digest"
)

// aheadForm is the form of what [digest.Prepared.Make] gives. It changes with whatever a
// signature is made by: nothing that an older program made is used then.
const aheadForm = "vesper signature 1"

// PrepareAhead does what Prepare does, for signatures that are made some time before they
// are sent.
func (s *Signer) PrepareAhead(texts [][]byte) digest.Prepared {
	p := &aheadOf{prepared: s.prepare(texts)}
	h := sha256.New()
	for _, t := range texts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(t))))
		h.Write(t)
	}
	h.Sum(p.sum[:0])
	for _, k := range s.keys {
		p.prints = append(p.prints, k.fingerprint()...)
		p.size += k.size()
	}
	p.size += sha256.Size
	return p
}

// aheadOf is a prepared message with what its signatures are known by: a hash of its texts,
// and the fingerprints of the keys.
type aheadOf struct {
	*prepared
	sum    [sha256.Size]byte
	prints []byte
	size   int
	// latest is the latest name.
	latest atomic.Pointer[aheadName]
}

// aheadName is what the signatures of a time have in common.
type aheadName struct {
	at  int64
	sum [sha256.Size]byte
}

// size is how long the key's signatures are.
func (k key) size() int {
	if private, ok := k.private.(*rsa.PrivateKey); ok {
		return private.Size()
	}
	return ed25519.SignatureSize
}

// Size implements digest.Prepared.
func (p *aheadOf) Size() int { return p.size }

// Name implements digest.Prepared: a hash of the texts, the keys and the signatures' own
// fields, but for the hash of the body.
func (p *aheadOf) Name(at time.Time) [sha256.Size]byte {
	if n := p.latest.Load(); n != nil && n.at == at.Unix() {
		return n.sum
	}
	h := sha256.New()
	add := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	add([]byte(aheadForm))
	add(p.sum[:])
	add(p.prints)
	for i := range p.signer.keys {
		add(p.opening(i, at).field)
	}
	n := &aheadName{at: at.Unix()}
	h.Sum(n.sum[:0])
	p.latest.Store(n)
	return n.sum
}

// Sum implements digest.Prepared.
func (p *aheadOf) Sum(values [][]byte, at time.Time) (sum [sha256.Size]byte) {
	w := p.work()
	defer p.works.Put(w)
	name := p.Name(at)
	w.raw = append(w.raw[:0], name[:]...)
	for _, v := range values {
		w.raw = binary.BigEndian.AppendUint64(w.raw, uint64(len(v)))
		w.raw = append(w.raw, v...)
	}
	return sha256.Sum256(w.raw)
}

// Make implements digest.Prepared.
func (p *aheadOf) Make(dst []byte, values [][]byte, at time.Time) ([]byte, bool, error) {
	if !p.fits(values) {
		return dst, false, nil
	}
	w := p.work()
	defer p.works.Put(w)
	if err := p.hashBody(w, values[p.inHeader:]); err != nil {
		return dst, false, err
	}
	dst = append(dst, w.sum...)
	base64.StdEncoding.Encode(w.bodyHash[:], w.sum)
	w.signed = p.header(w, values)
	for i, k := range p.signer.keys {
		value, err := p.value(w, k, p.opening(i, at))
		if err != nil {
			return dst, false, err
		}
		dst = append(dst, value...)
	}
	return dst, true, nil
}

// Write implements digest.Prepared.
func (p *aheadOf) Write(dst, made []byte, at time.Time) ([]byte, error) {
	if len(made) != p.size {
		return dst, fmt.Errorf("a signature made ahead has %d octets, and not %d", len(made), p.size)
	}
	var bodyHash [base64Sum]byte
	base64.StdEncoding.Encode(bodyHash[:], made[:sha256.Size])
	made = made[sha256.Size:]
	for i, k := range p.signer.keys {
		dst = p.opening(i, at).write(dst, bodyHash[:], made[:k.size()])
		made = made[k.size():]
	}
	return dst, nil
}

// write appends a signature's whole field.
func (o *opening) write(dst, bodyHash, value []byte) []byte {
	begins := len(dst)
	dst = append(dst, o.field...)
	copy(dst[begins+o.fieldHash:], bodyHash)
	return appendFolded(dst, value)
}

// value signs a copy, of which w has the header and the body's hash, with one key.
func (p *prepared) value(w *work, k key, own *opening) ([]byte, error) {
	w.hash.Reset()
	w.hash.Write(w.signed)
	w.hash.Write(own.relaxed[:own.relaxedHash])
	w.hash.Write(w.bodyHash[:])
	w.hash.Write(own.relaxed[own.relaxedHash+len(w.bodyHash):])
	w.sum = w.hash.Sum(w.sum[:0])
	value, err := k.sign(w.sum)
	if err != nil {
		return nil, signError(k, err)
	}
	return value, nil
}
