// Package dkim signs messages with the publication's own keys (RFC 6376), makes
// such keys, and says and checks the DNS record that receivers read.
//
// The signer is our own, since a repeated message must have the same bytes: a
// signature's time (t=) is that of the delivery, while go-msgauth takes the present
// time. Nothing here knows how a message is made or where it goes.
package dkim

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Options says in whose name to sign, and with which keys.
type Options struct {
	// Domain is the signing domain (d=) in its ASCII form: From's domain or a parent
	// of it, so that the signature counts for DMARC.
	Domain string
	// Selector is the name that the RSA key is published under (s=). The Ed25519 key
	// has the same name with "-ed" after it.
	Selector string
	// KeyFile is the file of the RSA key, in PEM.
	KeyFile string
	// Ed25519KeyFile is the file of the key for a second signature (RFC 8463). Empty:
	// there is no second signature.
	Ed25519KeyFile string
}

// Signer signs messages. Any number of goroutines may use it.
type Signer struct {
	domain string
	keys   []key
}

// key is a private key, and the name that it is published under.
type key struct {
	selector  string
	algorithm Algorithm
	private   crypto.Signer
}

// Ed25519Suffix follows the selector in the name of the Ed25519 key.
const Ed25519Suffix = "-ed"

// ValidDomain says whether s can be a signing domain: a domain name of two labels or
// more, in small letters and in its ASCII form.
func ValidDomain(s string) bool { return len(s) <= 253 && labels(s, 63) >= 2 }

// ValidSelector says whether a key can be published under s: one label or several
// (RFC 6376 3.1), in small letters, with room for the suffix of an Ed25519 key.
func ValidSelector(s string) bool { return len(s) <= 120 && labels(s, 60) >= 1 }

// labels counts the labels of a name in small letters. It is 0 if one of them is empty or
// longer than that, has another letter, or a hyphen at an end.
func labels(s string, longest int) (n int) {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > longest || strings.Trim(label, "-") != label ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return 0
		}
		n++
	}
	return n
}

// New reads the keys. If a key's file is wrong, the error is a [*digest.Flaw] that
// names the file.
func New(o Options) (*Signer, error) {
	if !ValidDomain(o.Domain) {
		return nil, fmt.Errorf("the signing domain %q is not a domain name", o.Domain)
	}
	if !ValidSelector(o.Selector) {
		return nil, fmt.Errorf("the selector %q is not valid", o.Selector)
	}
	private, err := readKey(o.KeyFile, RSA)
	if err != nil {
		return nil, err
	}
	s := &Signer{domain: o.Domain, keys: []key{{o.Selector, RSA, private}}}
	if o.Ed25519KeyFile != "" {
		if private, err = readKey(o.Ed25519KeyFile, Ed25519); err != nil {
			return nil, err
		}
		s.keys = append(s.keys, key{o.Selector + Ed25519Suffix, Ed25519, private})
	}
	return s, nil
}

// Sign gives the DKIM-Signature field to put before the message, with its line ends;
// with two keys it gives two fields. The message must have CRLF line ends and
// exactly one From. The signature's time is at, in whole seconds. The same message
// and time always give the same bytes.
func (s *Signer) Sign(message []byte, at time.Time) ([]byte, error) {
	fields, body, err := parse(message)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	bodyHash := hashBody(body)
	names, chosen := choose(fields)
	var signed, out []byte
	for _, f := range chosen {
		signed = relaxField(signed, f.raw)
	}
	for _, k := range s.keys {
		field := unsigned(s.domain, k, at, names, bodyHash)
		// The signature's own field comes last, without its value and line end
		// (RFC 6376 3.7).
		hash := sha256.New()
		hash.Write(signed)
		own := relaxField(nil, field)
		hash.Write(own[:len(own)-len(crlf)])
		value, err := k.sign(hash.Sum(nil))
		if err != nil {
			return nil, signError(k, err)
		}
		out = appendFolded(append(out, field...), value)
	}
	return out, nil
}

func signError(k key, err error) error { return fmt.Errorf("sign with %s: %w", k.selector, err) }

// sign signs a SHA-256 sum. Neither algorithm uses random numbers here.
func (k key) sign(sum []byte) ([]byte, error) {
	switch private := k.private.(type) {
	case *rsa.PrivateKey:
		return rsa.SignPKCS1v15(nil, private, crypto.SHA256, sum)
	case ed25519.PrivateKey:
		// The sum itself is signed (RFC 8463 3).
		return ed25519.Sign(private, sum), nil
	}
	return nil, errors.New("the key is neither RSA nor Ed25519")
}
