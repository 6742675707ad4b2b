package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	msgauth "github.com/emersion/go-msgauth/dkim"
	"pgregory.net/rapid"

	"vesper/digest"
	"vesper/digest/dkim"
	"vesper/digest/render"
	"vesper/digest/whole"
)

// aSigner gives a signer with a key of its own.
func aSigner(t *testing.T) *dkim.Signer {
	t.Helper()
	key := filepath.Join(t.TempDir(), "v1.pem")
	if err := dkim.NewKey(key, dkim.RSA); err != nil {
		t.Fatal(err)
	}
	s, err := dkim.New(dkim.Options{Domain: "courier.example", Selector: "v1", KeyFile: key})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// storedComposers give the copies of a message that a version has stored, signed and bare.
func storedComposers(t *testing.T, name string, s *dkim.Signer) (signing, bare *render.Composer) {
	t.Helper()
	message, err := os.ReadFile(filepath.Join("../../digest/render/testdata/stored", name+".message"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []**render.Composer{&signing, &bare} {
		*c, err = render.NewComposer([]digest.Message{{Variant: digest.Designed, Bytes: message}},
			"bounces+{token}@bounce.courier.example")
		if err != nil {
			t.Fatal(err)
		}
	}
	signing.Signer = s
	return signing, bare
}

// TestEveryReadersCopyIsSignedAsIfItWereAlone: what is hashed once for all readers
// changes no signature, and another implementation verifies each.
func TestEveryReadersCopyIsSignedAsIfItWereAlone(t *testing.T) {
	t.Parallel()
	s := aSigner(t)
	record := s.Records()[0]
	dns := func(string) ([]string, error) { return []string{record.Value}, nil }
	for _, name := range []string{"quoted-designed", "quoted-plain", "base64-designed"} {
		signing, bare := storedComposers(t, name, s)
		rapid.Check(t, func(t *rapid.T) {
			d := digest.Delivery{
				Key: 1, Variant: digest.Designed, MessageID: "mkq2v6h4y3z", ReturnPath: "aebagbaf",
				Address:     rapid.StringMatching(`[a-z.+'é]{1,64}@([a-z.-]{1,80})\.example`).Draw(t, "address"),
				Unsubscribe: rapid.StringMatching(`[A-Za-z0-9_\-]{1,90}`).Draw(t, "unsubscribe"),
				Preferences: rapid.StringMatching(`[A-Za-z0-9_\-]{0,90}`).Draw(t, "preferences"),
				Since:       time.Unix(rapid.Int64Range(0, 4102444800).Draw(t, "since"), 0),
				FirstDue:    time.Unix(rapid.Int64Range(1e9, 4102444800).Draw(t, "due"), 0),
			}
			plain, err := bare.Compose(d)
			if err != nil {
				t.Fatal(err)
			}
			signed, err := signing.Compose(d)
			if err != nil {
				t.Fatal(err)
			}
			defer bare.Release(plain)
			defer signing.Release(signed)
			signature, err := s.Sign(plain.Data, d.FirstDue)
			if err != nil || !bytes.Equal(signed.Data, append(signature, plain.Data...)) {
				t.Fatalf("got %.900q (%v), want %q and the unsigned copy", signed.Data, err, signature)
			}
			found, err := msgauth.VerifyWithOptions(bytes.NewReader(signed.Data), &msgauth.VerifyOptions{LookupTXT: dns})
			if err != nil || len(found) != 1 || found[0].Err != nil {
				t.Fatalf("got %+v, %v", found, err)
			}
		})
	}
}

// TestASignedCopyMakesHardlyAnyGarbage: nothing that grows with the message is made anew
// for each reader.
func TestASignedCopyMakesHardlyAnyGarbage(t *testing.T) {
	if whole.Raced {
		t.Skip("the run without the race detector has this test")
	}
	c, _ := storedComposers(t, "quoted-designed", aSigner(t))
	d := digest.Delivery{
		Key: 1, Variant: digest.Designed, MessageID: "mkq2v6h4y3z", ReturnPath: "aebagbaf", Address: "ines@reader.example",
		Unsubscribe: "AQF1kJ3vQmR0aTz", Since: time.Unix(1.7e9, 0), FirstDue: time.Unix(1.8e9, 0),
	}
	allocs := testing.AllocsPerRun(100, func() {
		e, err := c.Compose(d)
		if err != nil {
			t.Fatal(err)
		}
		c.Release(e)
	})
	if allocs > 8 {
		t.Errorf("%.0f allocations, want 8 at most", allocs)
	}
}
