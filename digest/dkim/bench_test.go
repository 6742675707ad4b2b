package dkim

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
)

// large is a message as large as on an ordinary evening, about 30 kB.
func large() []byte {
	head, _, _ := strings.Cut(message, crlf+crlf)
	const line = "<p style=3D\"margin:0 0 12px\">The clerk read the letter aloud, and the =\r\n"
	return []byte(head + crlf + crlf + strings.Repeat(line, 410))
}

// BenchmarkSign measures a signature, and in the same run the RSA operation alone:
// "×rsa" is how many times as long the signature takes. With Go 1.26 on a busy machine
// of two cores, 30 kB:
//
//	ours        0.91 ms  1.07 ×rsa   16 kB
//	go-msgauth  1.11 ms  1.36 ×rsa  116 kB
//
// So nearly all the time is the RSA operation, and there is nothing left to save in
// our part. go-msgauth can't sign with a given time, nor with folded names.
func BenchmarkSign(b *testing.B) {
	s, m := signer(b, false), large()
	private := s.keys[0].private.(*rsa.PrivateKey)
	var bare time.Duration
	yardstick := func() {
		start := time.Now()
		for range 100 {
			if _, err := rsa.SignPKCS1v15(nil, private, crypto.SHA256, make([]byte, 32)); err != nil {
				b.Fatal(err)
			}
		}
		bare = time.Since(start) / 100
	}
	for name, sign := range map[string]func() error{
		"ours": func() error { _, err := s.Sign(m, at); return err },
		"go-msgauth": func() error {
			return dkim.Sign(io.Discard, bytes.NewReader(m), &dkim.SignOptions{
				Domain: s.domain, Selector: "v1", Signer: private,
				HeaderKeys:             []string{"From", "From", "To", "Subject"},
				HeaderCanonicalization: dkim.CanonicalizationRelaxed,
				BodyCanonicalization:   dkim.CanonicalizationRelaxed,
			})
		},
	} {
		b.Run(name, func(b *testing.B) {
			yardstick()
			b.ReportAllocs()
			b.SetBytes(int64(len(m)))
			for b.Loop() {
				if err := sign(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(bare), "×rsa")
		})
	}
}

// BenchmarkEd25519 is a signature without RSA. Nearly all the time is for reading the
// message.
func BenchmarkEd25519(b *testing.B) {
	s, m := signer(b, true), large()
	s = &Signer{domain: s.domain, keys: s.keys[1:]}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Sign(m, at); err != nil {
			b.Fatal(err)
		}
	}
}
