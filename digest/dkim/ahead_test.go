package dkim

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"testing"
	"time"
)

// TestTheSumIsOfAllThatEntersASignature: whatever is changed, it is another one.
func TestTheSumIsOfAllThatEntersASignature(t *testing.T) {
	both := signer(t, true)
	with := func(change func(s *Signer)) *Signer {
		s := &Signer{domain: both.domain, keys: append([]key{}, both.keys...)}
		change(s)
		return s
	}
	newRSA, err := rsa.GenerateKey(rand.Reader, 2048)
	_, newEd25519, err2 := ed25519.GenerateKey(rand.Reader)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	texts := [][]byte{[]byte("From: a@courier.example\r\nTo: "), []byte("\r\n\r\nGood "), []byte(".\r\n")}
	values := [][]byte{[]byte("ines@reader.example"), []byte("evening")}
	seen := map[string]string{}
	add := func(what string, s *Signer, texts, values [][]byte, at time.Time) {
		t.Helper()
		sum := fmt.Sprintf("%x", s.PrepareAhead(texts).Sum(values, at))
		if before, there := seen[sum]; there {
			t.Errorf("%s has the sum of %s", what, before)
		}
		seen[sum] = what
	}
	add("the first", both, texts, values, at)
	add("another second", both, texts, values, at.Add(time.Second))
	add("another domain", with(func(s *Signer) { s.domain = "other.example" }), texts, values, at)
	add("another selector", with(func(s *Signer) { s.keys[0].selector = "v9" }), texts, values, at)
	add("another key", with(func(s *Signer) { s.keys[0].private = newRSA }), texts, values, at)
	add("another second key", with(func(s *Signer) { s.keys[1].private = newEd25519 }), texts, values, at)
	add("one key", with(func(s *Signer) { s.keys = s.keys[:1] }), texts, values, at)
	for i := range texts {
		changed := append([][]byte{}, texts...)
		changed[i] = append(bytes.Clone(texts[i]), ' ')
		add(fmt.Sprint("text ", i), both, changed, values, at)
	}
	for i := range values {
		changed := append([][]byte{}, values...)
		changed[i] = append(bytes.Clone(values[i]), ' ')
		add(fmt.Sprint("value ", i), both, texts, changed, at)
	}
	add("a letter that moves", both, texts, [][]byte{[]byte("ines@reader.examplee"), []byte("vening")}, at)
	p := both.PrepareAhead(texts)
	if first := p.Sum(values, at); p.Sum(values, at) != first || p.Sum(values, at.Add(time.Millisecond)) != first {
		t.Error("the same has another sum")
	}
	if _, err := p.Write(nil, make([]byte, p.Size()-1), at); err == nil {
		t.Error("a signature that is too short is written")
	}
}
