package dkim

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"vesper/digest"
)

// Algorithm is the kind of a key, as a record's k= says it (RFC 6376 3.6.1).
type Algorithm string

// The kinds of keys (RFC 8301, RFC 8463).
const (
	RSA     Algorithm = "rsa"
	Ed25519 Algorithm = "ed25519"
)

// The sizes of RSA keys that we sign with, in bits. Large receivers want 2048, and no
// receiver has to verify more than 4096 (RFC 8301 3.2).
const minBits, maxBits = 2048, 4096

// maxKeyFile bounds a key's file, in octets. No key needs so much.
const maxKeyFile = 32 << 10

// readKey reads a private key. The file must be readable by its owner alone.
func readKey(path string, want Algorithm) (crypto.Signer, error) {
	bad := func(problem, hint string) (crypto.Signer, error) {
		return nil, &digest.Flaw{File: path, Problem: problem, Hint: hint}
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return bad("the DKIM key does not exist", `"vesper dkim new" makes one`)
	case err != nil:
		return unread(path, err)
	case !info.Mode().IsRegular():
		return bad("the DKIM key is not a file", "name the key's PEM file")
	case info.Mode().Perm()&0o077 != 0:
		return bad(fmt.Sprintf("others can read the DKIM key (mode %04o)", info.Mode().Perm()), "chmod 600 "+path)
	}
	f, err := os.Open(path)
	if err != nil {
		return unread(path, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return unread(path, err)
	}
	private, err := parseKey(text, want)
	if err != nil {
		return bad(err.Error(), `"vesper dkim new" makes one that can be used, under another name`)
	}
	return private, nil
}

// unread says why a key can't be read.
func unread(path string, err error) (crypto.Signer, error) {
	problem, hint := digest.Unread(path, err)
	return nil, &digest.Flaw{File: path, Problem: "the DKIM key can't be read: " + problem, Hint: hint}
}

// parseKey reads a private key in PEM: PKCS #1 or PKCS #8 (RFC 7468 10). The errors
// have nothing of its content in them.
func parseKey(text []byte, want Algorithm) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("there is no private key in PEM")
	}
	var private any
	var err error
	switch {
	case block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
		return nil, errors.New("the DKIM key has a pass phrase; it must have none")
	case block.Type == "RSA PRIVATE KEY":
		private, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case block.Type == "PRIVATE KEY":
		private, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("it holds a %q, not a private key", block.Type)
	}
	if err != nil {
		return nil, errors.New("the private key is damaged")
	}
	switch private := private.(type) {
	case *rsa.PrivateKey:
		if want != RSA {
			return nil, errors.New("this is an RSA key, not an Ed25519 key")
		}
		if n := private.N.BitLen(); n < minBits || n > maxBits {
			return nil, fmt.Errorf("the RSA key has %d bits; it needs %d to %d", n, minBits, maxBits)
		}
		return private, nil
	case ed25519.PrivateKey:
		if want != Ed25519 {
			return nil, errors.New("this is an Ed25519 key; the first key must be RSA, " +
				"which every receiver can check")
		}
		return private, nil
	}
	return nil, errors.New("the private key is neither RSA nor Ed25519")
}

// NewKey makes a private key and writes it to path as PKCS #8 in PEM, readable by
// its owner alone. If the folder is missing it is made. A file that is there is never
// overwritten: the error is [os.ErrExist].
func NewKey(path string, a Algorithm) error {
	if _, err := os.Lstat(path); err == nil {
		return &os.PathError{Op: "make the key", Path: path, Err: os.ErrExist}
	}
	var private any
	var err error
	switch a {
	case RSA:
		private, err = rsa.GenerateKey(rand.Reader, minBits)
	case Ed25519:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	default:
		return fmt.Errorf("there is no kind of key %q", a)
	}
	if err != nil {
		return fmt.Errorf("make the key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fmt.Errorf("make the key: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the key's folder: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write the key: %w", err)
	}
	err = errors.Join(pem.Encode(f, &pem.Block{Type: "PRIVATE KEY", Bytes: der}), f.Sync(), f.Close())
	if err != nil {
		os.Remove(path)
		return fmt.Errorf("write the key: %w", err)
	}
	return nil
}

// public gives the key's public half for a record's p=, in base64: for RSA the DER of
// a SubjectPublicKeyInfo, for Ed25519 the key itself (RFC 8463 4).
func (k key) public() string {
	der, _ := k.private.Public().(ed25519.PublicKey)
	if r, ok := k.private.Public().(*rsa.PublicKey); ok {
		// This fails only for other kinds of keys.
		der, _ = x509.MarshalPKIXPublicKey(r)
	}
	return base64.StdEncoding.EncodeToString(der)
}
