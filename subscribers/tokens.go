package subscribers

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
)

// Tokens makes many tokens with one key, by one goroutine, in less time.
type Tokens struct {
	id               byte
	hash             hash.Hash
	token, said, sum []byte
	// text is a token as text, before it is a string.
	text []byte
}

// Many gives what makes many tokens. They are those that the key gives one by one.
func (k Key) Many() *Tokens { return &Tokens{id: k.ID, hash: hmac.New(sha256.New, k.Secret)} }

// mac gives the MAC of b for this use. It is good until the next one.
func (t *Tokens) mac(use string, b []byte) []byte {
	t.hash.Reset()
	t.said = append(append(append(t.said[:0], "vesper "...), use...), 0)
	t.hash.Write(t.said)
	t.hash.Write(b)
	t.sum = t.hash.Sum(t.sum[:0])
	return t.sum
}

// encoded gives the token in letters of lower32.
func (t *Tokens) encoded() string {
	t.text = lower32.AppendEncode(t.text[:0], t.token)
	return string(t.text)
}
