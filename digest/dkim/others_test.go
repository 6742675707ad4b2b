package dkim

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// python verifies with dkimpy: the message comes on stdin, the DNS and the number
// of signatures as arguments.
const python = `
import sys, json, dkim
records = json.loads(sys.argv[1])
def txt(name, timeout=5):
    name = name.decode() if isinstance(name, bytes) else name
    return records[name.rstrip(".")].encode()
signed = dkim.DKIM(sys.stdin.buffer.read())
for i in range(int(sys.argv[2])):
    try:
        print(signed.verify(idx=i, dnsfunc=txt))
    except dkim.ValidationError:
        print(False)
`

// withPython gives a Python that has these modules. Debian's own is tried first,
// since its packages are not seen by any other.
func withPython(t *testing.T, modules string) string {
	t.Helper()
	for _, name := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(name, "-c", "import "+modules).Run() == nil {
			return name
		}
	}
	t.Skipf("there is no Python with %s (Debian: python3-dkim, python3-nacl)", modules)
	return ""
}

func TestDkimpyVerifiesWhatWeSign(t *testing.T) {
	for name, modules := range map[string]string{"RSA": "dkim", "Ed25519 too": "dkim, nacl"} {
		t.Run(name, func(t *testing.T) {
			path, s := withPython(t, modules), signer(t, name != "RSA")
			records, err := json.Marshal(zone(s))
			if err != nil {
				t.Fatal(err)
			}
			good := sign(t, s, message)
			bad := bytes.Replace(good, []byte("voted"), []byte("slept"), 1)
			for m, want := range map[*[]byte]string{&good: "True", &bad: "False"} {
				cmd := exec.Command(path, "-c", python, string(records), strconv.Itoa(len(s.keys)))
				cmd.Stdin = bytes.NewReader(*m)
				out, err := cmd.CombinedOutput()
				if want := strings.Repeat(want+"\n", len(s.keys)); err != nil || string(out) != want {
					t.Errorf("got %s (%v), want %s", out, err, want)
				}
			}
		})
	}
}

func TestOpenSSLReadsOurKeys(t *testing.T) {
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("there is no openssl")
	}
	dir, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range signer(t, true).keys {
		out, err := exec.Command(path, "pkey", "-in", filepath.Join(dir, k.selector+".pem"), "-pubout").Output()
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(out)
		if block == nil {
			t.Fatalf("got %s", out)
		}
		// An Ed25519 key is the end of its SubjectPublicKeyInfo (RFC 8410 4).
		der := block.Bytes
		if k.algorithm == Ed25519 {
			der = der[len(der)-ed25519.PublicKeySize:]
		}
		if got, want := k.public(), base64.StdEncoding.EncodeToString(der); got != want {
			t.Errorf("%s: got %s, want %s", k.algorithm, got, want)
		}
	}
}
