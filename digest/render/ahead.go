package render

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"time"

	"vesper/digest"
)

// Ahead has signatures that were made before their copies are sent.
type Ahead interface {
	// Find gives what was made for a delivery, by its key and the sum of all that enters
	// the signature; nil if there is nothing. It is not to be changed.
	Find(key int64, sum [32]byte) []byte
}

// aheadPreparer is a Signer that can sign copies ahead.
type aheadPreparer interface {
	PrepareAhead(texts [][]byte) digest.Prepared
}

// signedAhead appends the signature that was made ahead, if there is one.
func (c *Composer) signedAhead(dst []byte, f *form, values [][]byte, d *digest.Delivery) ([]byte, bool) {
	if c.Ahead == nil {
		return dst, false
	}
	ahead := f.signingAhead(c.Signer)
	if ahead == nil {
		return dst, false
	}
	made := c.Ahead.Find(d.Key, ahead.Sum(values, d.FirstDue))
	if made == nil {
		return dst, false
	}
	signed, err := ahead.Write(dst, made, d.FirstDue)
	return signed, err == nil
}

// AheadName is a hash of what all copies that are first due at a time have in common, and
// how long the signature of one is; 0 says that none can be made ahead.
func (c *Composer) AheadName(at time.Time) (name [32]byte, size int) {
	h := sha256.New()
	for _, variant := range slices.Sorted(maps.Keys(c.forms)) {
		ahead := c.forms[variant].signingAhead(c.Signer)
		if ahead == nil {
			return name, 0
		}
		own := ahead.Name(at)
		h.Write(own[:])
		size = ahead.Size()
	}
	h.Sum(name[:0])
	return name, size
}

// SignAhead makes the signature of one delivery, for an [Ahead]. It is false for one that
// can only be signed when it is sent.
func (c *Composer) SignAhead(d digest.Delivery) (sum [32]byte, made []byte, ok bool, err error) {
	f := c.forms[d.Variant]
	if f == nil || d.Doubts > 0 || check(&d) != nil {
		return sum, nil, false, nil
	}
	ahead := f.signingAhead(c.Signer)
	if ahead == nil {
		return sum, nil, false, nil
	}
	own, ready := c.drafts.Get().(*draft)
	if !ready {
		own = new(draft)
	}
	defer c.drafts.Put(own)
	own.fill(f, &d)
	values := own.all()
	if made, ok, err = ahead.Make(nil, values, d.FirstDue); err != nil {
		return sum, nil, false, fmt.Errorf("sign ahead for subscriber %d: %w", d.Key, err)
	}
	return ahead.Sum(values, d.FirstDue), made, ok, nil
}
