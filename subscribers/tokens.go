package subscribers

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"time"
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

// CopyTokens are the tokens in one reader's copy of an edition.
type CopyTokens struct{ Unsubscribe, Preferences, ReturnPath, Leave string }

// Copy gives the tokens of a copy: what [Tokens.Link], [Tokens.ReturnPath] and [Tokens.Leave]
// give one by one, as parts of one string.
func (t *Tokens) Copy(publicID uint64, edition uint32) CopyTokens {
	t.text = t.appendLink(t.text[:0], ToUnsubscribe, publicID, time.Time{})
	unsubscribe := len(t.text)
	t.text = t.appendLink(t.text, ToPrefer, publicID, time.Time{})
	preferences := len(t.text)
	t.text = t.appendReturnPath(t.text, publicID, edition)
	path := len(t.text)
	t.text = t.appendMailed(t.text, byMail, publicID)
	all := string(t.text)
	return CopyTokens{all[:unsubscribe], all[unsubscribe:preferences], all[preferences:path], all[path:]}
}
