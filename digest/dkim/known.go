package dkim

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vesper/digest"
)

// Signing gives what the signer's signatures are known by.
func (s *Signer) Signing() digest.Signing {
	var prints []string
	for _, k := range s.keys {
		prints = append(prints, k.fingerprint())
	}
	return digest.Signing{Domain: s.domain, Selector: s.keys[0].selector, Keys: strings.Join(prints, " ")}
}

// fingerprint is SHA-256 of the key's public half, in base64.
func (k key) fingerprint() string {
	sum := sha256.Sum256([]byte(k.public()))
	return base64.RawStdEncoding.EncodeToString(sum[:])
}

// Find gives the signer that signed so before, with keys that lie in one of these
// folders, under any name. It is an error if one of them can't be read any more.
func Find(known digest.Signing, folders ...string) (*Signer, error) {
	if !ValidDomain(known.Domain) || !ValidSelector(known.Selector) {
		return nil, fmt.Errorf("no mail is signed with %q and %q", known.Domain, known.Selector)
	}
	s := &Signer{domain: known.Domain}
	for i, mark := range strings.Fields(known.Keys) {
		want := key{known.Selector, RSA, nil}
		if i > 0 {
			want = key{known.Selector + Ed25519Suffix, Ed25519, nil}
		}
		if want.private = find(want, mark, folders); want.private == nil {
			return nil, fmt.Errorf("the %s key with the fingerprint %s is not among those in %s",
				want.algorithm, mark, strings.Join(folders, ", "))
		}
		s.keys = append(s.keys, want)
	}
	if len(s.keys) == 0 {
		return nil, fmt.Errorf("no key of %s is known", known.Domain)
	}
	return s, nil
}

// find gives the private key with this fingerprint, nil if it is not there. What is
// no key, or can't be read, is passed over.
func find(want key, mark string, folders []string) crypto.Signer {
	folders = slices.Compact(slices.Clone(folders))
	for _, folder := range folders {
		files, err := os.ReadDir(folder)
		if err != nil {
			continue
		}
		for _, file := range files {
			private, err := readKey(filepath.Join(folder, file.Name()), want.algorithm)
			if err == nil && (key{private: private}).fingerprint() == mark {
				return private
			}
		}
	}
	return nil
}
