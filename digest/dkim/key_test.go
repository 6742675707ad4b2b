package dkim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vesper/digest"
)

func write(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	// The umask may change the mode that WriteFile is given.
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func encode(t testing.TB, kind string, der []byte, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func ours(t testing.TB, name string) string {
	t.Helper()
	dir, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestKeysThatOthersCanReadAreRefused(t *testing.T) {
	for mode, ok := range map[os.FileMode]bool{
		0o600: true, 0o400: true, 0o640: false, 0o604: false, 0o644: false, 0o610: false, 0o666: false,
	} {
		path := write(t, ours(t, "v1.pem"), mode)
		_, err := New(Options{Domain: "courier.example", Selector: "v1", KeyFile: path})
		if ok {
			if err != nil {
				t.Errorf("mode %04o: %v", mode, err)
			}
			continue
		}
		var flaw *digest.Flaw
		if !errors.As(err, &flaw) || flaw.File != path || flaw.Hint != "chmod 600 "+path {
			t.Errorf("mode %04o: got %v, want a flaw of the file with a hint", mode, err)
		}
	}
}

func TestBothFormsOfAKeyAreRead(t *testing.T) {
	k := rsaKey(t, 2048)
	eight, err := x509.MarshalPKCS8PrivateKey(k)
	for _, text := range []string{
		encode(t, "PRIVATE KEY", eight, err),
		encode(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(k), nil),
		"a note above\n" + encode(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(k), nil),
	} {
		got, err := parseKey([]byte(text), RSA)
		if err != nil || !k.Equal(got) {
			t.Errorf("got %v, want the key", err)
		}
	}
}

func TestWhatIsNoKeyOfOursIsRefused(t *testing.T) {
	short := rsaKey(t, 1024)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	eight, err := x509.MarshalPKCS8PrivateKey(curve)
	public, _ := x509.MarshalPKIXPublicKey(&short.PublicKey)
	for _, c := range []struct {
		text string
		want Algorithm
		says string
	}{
		{"", RSA, "no private key"},
		{"hello\n", RSA, "no private key"},
		{encode(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(short), nil), RSA, "1024 bits"},
		{encode(t, "RSA PRIVATE KEY", []byte("nonsense"), nil), RSA, "damaged"},
		{encode(t, "PRIVATE KEY", eight, err), RSA, "neither RSA nor Ed25519"},
		{encode(t, "PUBLIC KEY", public, nil), RSA, "PUBLIC KEY"},
		{encode(t, "ENCRYPTED PRIVATE KEY", []byte("x"), nil), RSA, "pass phrase"},
		{ours(t, "v1-ed.pem"), RSA, "this is an Ed25519 key"},
		{ours(t, "v1.pem"), Ed25519, "this is an RSA key"},
	} {
		o := Options{Domain: "courier.example", Selector: "v1", KeyFile: write(t, c.text, 0o600)}
		if c.want == Ed25519 {
			o.KeyFile, o.Ed25519KeyFile = write(t, ours(t, "v1.pem"), 0o600), o.KeyFile
		}
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), c.says) ||
			!strings.Contains(err.Error(), "key.pem") {
			t.Errorf("got %v, want the file and %q", err, c.says)
		}
	}
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "none"), os.DevNull} {
		var flaw *digest.Flaw
		if _, err := New(Options{Domain: "courier.example", Selector: "v1", KeyFile: path}); !errors.As(err, &flaw) ||
			flaw.File != path {
			t.Errorf("got %v, want a flaw of %s", err, path)
		}
	}
}

func TestNamesThatBreakOutAreRefused(t *testing.T) {
	path := write(t, ours(t, "v1.pem"), 0o600)
	for _, o := range []Options{
		{Domain: "", Selector: "v1"},
		{Domain: "example", Selector: "v1"},
		{Domain: "courier.example.", Selector: "v1"},
		{Domain: "courier.example; l=0", Selector: "v1"},
		{Domain: "hafenböte.example", Selector: "v1"},
		{Domain: "Courier.example", Selector: "v1"},
		{Domain: "courier.example", Selector: ""},
		{Domain: "courier.example", Selector: "v1\r\nBcc: a@evil.example"},
		{Domain: "courier.example", Selector: "v1."},
		{Domain: "courier..example", Selector: "v1"},
		{Domain: "courier-.example", Selector: "v1"},
		{Domain: strings.Repeat("a", 64) + ".example", Selector: "v1"},
		{Domain: "courier.example", Selector: "-v1"},
		{Domain: "courier.example", Selector: strings.Repeat("a", 63)},
	} {
		o.KeyFile = path
		if _, err := New(o); err == nil {
			t.Errorf("taken: %q %q", o.Domain, o.Selector)
		}
	}
	o := Options{Domain: "mail.xn--hafenbte-c1a.example", Selector: "2026.v1", KeyFile: path}
	if _, err := New(o); err != nil {
		t.Error(err)
	}
}

func TestANewKeyOverwritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "v1.pem")
	if err := NewKey(path, Ed25519); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	if err := NewKey(path, RSA); !errors.Is(err, os.ErrExist) {
		t.Errorf("got %v, want %v", err, os.ErrExist)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("the key was overwritten")
	}
	dangling := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink("nowhere", dangling); err != nil {
		t.Fatal(err)
	}
	if err := NewKey(dangling, Ed25519); !errors.Is(err, os.ErrExist) {
		t.Errorf("a link that leads nowhere: got %v", err)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v (%v), want %v", name, info.Mode().Perm(), err, want)
		}
	}
	if err := NewKey(filepath.Join(t.TempDir(), "x"), "dsa"); err == nil {
		t.Error("a DSA key was made")
	}
}

// FuzzKey: whatever is in a key's file, it is refused, or it is a key of the kind
// that was asked for and strong enough.
func FuzzKey(f *testing.F) {
	f.Add([]byte(ours(f, "v1.pem")), false)
	f.Add([]byte(ours(f, "v1-ed.pem")), true)
	f.Add([]byte("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"),
		false)
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"), true)
	f.Fuzz(func(t *testing.T, text []byte, ed25519 bool) {
		want := RSA
		if ed25519 {
			want = Ed25519
		}
		private, err := parseKey(text, want)
		if err != nil {
			return
		}
		if k, ok := private.(*rsa.PrivateKey); ok == ed25519 || ok && k.N.BitLen() < minBits {
			t.Errorf("taken: %T", private)
		}
		if _, err := (key{selector: "v1", algorithm: want, private: private}).sign(make([]byte, 32)); err != nil {
			t.Errorf("the key can't sign: %v", err)
		}
	})
}
