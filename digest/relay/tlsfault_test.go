package relay_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/relay"
)

// signed makes a certificate that an authority of the same key signs, and the
// pool that trusts it.
func signed(t *testing.T, form *x509.Certificate) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Paper Authority"},
		NotBefore: form.NotBefore.AddDate(-10, 0, 0), NotAfter: form.NotAfter.AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	form.SerialNumber, form.KeyUsage = big.NewInt(2), x509.KeyUsageDigitalSignature
	form.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	der, err := x509.CreateCertificate(rand.Reader, root, root, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	authority, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.CreateCertificate(rand.Reader, form, authority, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(authority)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leaf}, PrivateKey: key}}}, pool
}

func TestACertificateErrorSaysWhatAndSinceWhen(t *testing.T) {
	now := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	here := []net.IP{net.IPv4(127, 0, 0, 1)}
	for want, row := range map[string]struct {
		from, to  time.Time
		addresses []net.IP
		names     []string
		strange   bool // the authority is not trusted
	}{
		"certificate of 127.0.0.1 has expired on 2026-11-20 (3 days ago)": {
			now.AddDate(0, -3, 0), now.AddDate(0, 0, -3), here, nil, false,
		},
		"certificate of 127.0.0.1 has expired on 2026-11-23 (1 hour ago)": {
			now.AddDate(0, -3, 0), now.Add(-100 * time.Minute), here, nil, false,
		},
		"certificate of 127.0.0.1 is not valid before 2026-12-01 (in 7 days)": {
			time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), now.AddDate(0, 3, 0), here, nil, false,
		},
		"certificate is for other.example, not 127.0.0.1": {
			now.AddDate(0, -1, 0), now.AddDate(0, 3, 0), nil, []string{"other.example"}, false,
		},
		"certificate is for a.example, b.example, c.example and 2 more, not 127.0.0.1": {
			now.AddDate(0, -1, 0), now.AddDate(0, 3, 0),
			[]net.IP{net.IPv4(192, 0, 2, 1)},
			[]string{"a.example", "b.example", "c.example", "d.example"},
			false,
		},
		"certificate is for no host name, not 127.0.0.1": {
			now.AddDate(0, -1, 0), now.AddDate(0, 3, 0), nil, nil, false,
		},
		"certificate of 127.0.0.1 is signed by an unknown authority: Paper Authority": {
			now.AddDate(0, -1, 0), now.AddDate(0, 3, 0), here, nil, true,
		},
	} {
		config, pool := signed(t, &x509.Certificate{
			Subject: pkix.Name{CommonName: "relay.example"}, NotBefore: row.from, NotAfter: row.to,
			IPAddresses: row.addresses, DNSNames: row.names,
		})
		if row.strange {
			pool = x509.NewCertPool()
		}
		for _, way := range []string{relay.Required, relay.Implicit} {
			server := (&scripted{tls: config, implicit: way == relay.Implicit}).start(t)
			r := plainTo(server)
			r.TLS, r.RootCAs, r.Now = way, pool, func() time.Time { return now }
			end := r.Work(t.Context(), &stream{envelopes: envelopes(1)})
			if end.Class != digest.Session || end.Reply != want {
				t.Errorf("%s: got %+v, want session, %q", way, end, want)
			}
		}
	}
}

func TestImplicitTLSToAPortForSTARTTLSIsNamed(t *testing.T) {
	r := plainTo((&scripted{}).start(t))
	r.TLS = relay.Implicit
	if err := r.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "does not speak TLS on port") {
		t.Errorf("got %v", err)
	}
}
