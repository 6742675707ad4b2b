package relay_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/relay"
)

// authority makes a certificate for 127.0.0.1 and the pool that trusts it.
func authority(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "relay.example"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:        true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, pool
}

func TestMailAndPasswordGoThroughTLS(t *testing.T) {
	config, pool := authority(t)
	for _, way := range []string{relay.Required, relay.Implicit, ""} {
		for _, mechanism := range []string{"PLAIN", "LOGIN PLAIN", "XYZ PLAIN"} {
			server := (&scripted{
				tls: config, implicit: way == relay.Implicit, offers: []string{"AUTH " + mechanism},
				answer: func(phase, line string) string {
					if phase == "AUTH" && line != plain("desk", "secret") {
						return "535 5.7.8 wrong"
					}
					return ""
				},
			}).start(t)
			r := &relay.Relay{
				Host: "127.0.0.1", Port: server.port(), TLS: way, Username: "desk", Password: "secret",
				RootCAs: pool, Timeouts: patient,
			}
			if err := r.Check(t.Context()); err != nil {
				t.Errorf("%s: %v", way, err)
			}
			s := &stream{envelopes: envelopes(3)}
			if end := r.Work(t.Context(), s); end.Class != "" || len(server.taken()) != 3 {
				t.Errorf("%s: ended with %+v after %d messages", way, end, len(server.taken()))
			}
			for _, line := range server.seen() {
				bare := strings.HasPrefix(line, "EHLO") || line == "STARTTLS"
				if !bare && !slices.Contains(server.encrypted(), line) {
					t.Errorf("%s: in plain text: %s", way, line)
				}
			}
			r.Password = "other"
			if end := r.Work(t.Context(),
				&stream{envelopes: envelopes(1)}); end.Class != digest.Account || end.Code != 535 {
				t.Errorf("%s: with a wrong password: %+v", way, end)
			}
		}
	}
}

func TestNothingFallsBackToPlainText(t *testing.T) {
	config, pool := authority(t)
	for name, server := range map[string]*scripted{
		"not offered":       {offers: []string{"AUTH PLAIN"}},
		"refused":           {tls: config, answer: always("STARTTLS", "454 4.7.0 not now")},
		"closed":            {tls: config, answer: always("STARTTLS", fin)},
		"unknown authority": {tls: config},
		"no certificate":    {tls: &tls.Config{}},
	} {
		t.Run(name, func(t *testing.T) {
			server.start(t)
			r := &relay.Relay{
				Host: "127.0.0.1", Port: server.port(), Username: "desk", Password: "secret",
				RootCAs: pool, Timeouts: patient,
			}
			if name == "unknown authority" {
				r.RootCAs = x509.NewCertPool()
			}
			s := &stream{envelopes: envelopes(1)}
			if end := r.Work(t.Context(), s); end.Class != digest.Session || end.Reply == "" {
				t.Errorf("got %+v, want session with a reason", end)
			}
			if s.next != 0 {
				t.Error("an envelope was taken")
			}
			for _, line := range server.seen() {
				if strings.HasPrefix(line, "AUTH") || strings.HasPrefix(line, "MAIL") {
					t.Errorf("sent in plain text: %s", line)
				}
			}
		})
	}
}

func TestPlainTextIsForThisMachineOnly(t *testing.T) {
	for host, ok := range map[string]bool{
		"127.0.0.1": true, "127.8.9.10": true, "::1": true, "localhost": true, "LOCALHOST": true,
		"relay.example": false, "192.0.2.1": false, "localhost.example": false, "": false,
	} {
		r := &relay.Relay{Host: host, Port: 25, TLS: relay.None}
		if err := r.Validate(); (err == nil) != ok {
			t.Errorf("%q: %v, want allowed: %t", host, err, ok)
		}
		if !ok {
			end := r.Work(t.Context(), &stream{envelopes: envelopes(1)})
			if end.Class != digest.Account {
				t.Errorf("%q: work ended with %+v, want account", host, end)
			}
		}
	}
}

func TestAWrongSettingIsNamed(t *testing.T) {
	for want, r := range map[string]*relay.Relay{
		"no host":       {Port: 25},
		"not a port":    {Host: "relay.example", Port: 70000},
		"name or IP":    {Host: "unix:///run/x", Port: 25},
		"negative":      {Host: "relay.example", Port: 25, Rate: -1},
		"no user name":  {Host: "relay.example", Port: 25, Password: "x"},
		"not \"maybe\"": {Host: "relay.example", Port: 25, TLS: "maybe"},
		"EHLO":          {Host: "relay.example", Port: 25, Hello: "a\r\nb"},
	} {
		if err := r.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to say %q", err, want)
		}
	}
}

func TestAFlawNamesItsOption(t *testing.T) {
	whole := func() *relay.Relay { return &relay.Relay{Host: "relay.example", Port: 25, Username: "desk"} }
	for _, c := range []struct {
		want  string
		spoil func(*relay.Relay)
	}{
		{"host", func(r *relay.Relay) { r.Host = "" }},
		{"host", func(r *relay.Relay) { r.Host = "relay.example:25" }},
		{"port", func(r *relay.Relay) { r.Port = 0 }},
		{"tls", func(r *relay.Relay) { r.TLS = "maybe" }},
		{"tls", func(r *relay.Relay) { r.TLS = relay.None }},
		{"password", func(r *relay.Relay) { r.Username, r.Password = "", "secret" }},
		{"auth", func(r *relay.Relay) { r.Auth = "ntlm" }},
		{"auth", func(r *relay.Relay) { r.Username, r.Auth = "", "plain" }},
		{"connections", func(r *relay.Relay) { r.Connections = -1 }},
		{"rate", func(r *relay.Relay) { r.Rate = -1 }},
		{"rate", func(r *relay.Relay) { r.Rate = math.NaN() }},
		{"pipelining", func(r *relay.Relay) { r.Pipelining = "always" }},
		{"hello", func(r *relay.Relay) { r.Hello = "a\r\nb" }},
	} {
		r := whole()
		c.spoil(r)
		for _, err := range []error{r.Validate(), (&relay.Pool{Relays: []*relay.Relay{whole(), r}}).Validate()} {
			var flaw *relay.Flaw
			if !errors.As(err, &flaw) || flaw.Field != c.want || strings.Contains(flaw.Problem, "secret") {
				t.Errorf("%s: got %+v of %v", c.want, flaw, err)
			}
		}
	}
	if err := whole().Validate(); err != nil {
		t.Errorf("without a flaw: %v", err)
	}
}

func TestAStopWhileDialling(t *testing.T) {
	server := (&scripted{answer: always("greeting", stall)}).start(t)
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	r := plainTo(server)
	r.Timeouts.Greeting = time.Minute
	if end := r.Work(ctx, &stream{envelopes: envelopes(1)}); end.Class != digest.Session {
		t.Errorf("got %+v, want session", end)
	}
}

func TestWhenTheCertificateEndsIsTold(t *testing.T) {
	config, pool := authority(t)
	server := (&scripted{tls: config}).start(t)
	want, err := x509.ParseCertificate(config.Certificates[0].Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	r := &relay.Relay{Host: "127.0.0.1", Port: server.port(), TLS: relay.Required, RootCAs: pool}
	if got, err := r.Certificate(t.Context()); err != nil || !got.Equal(want.NotAfter) {
		t.Errorf("got %s, %v, want %s", got, err, want.NotAfter)
	}
	late := &relay.Relay{Host: "127.0.0.1", Port: server.port(), TLS: relay.Required, RootCAs: pool}
	late.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
	if _, err := late.Certificate(t.Context()); !errors.Is(err, relay.ErrCertificate) ||
		!strings.Contains(err.Error(), "has expired on ") {
		t.Errorf("a day after it: %v", err)
	}
	plain := &relay.Relay{Host: "127.0.0.1", Port: (&scripted{}).start(t).port(), TLS: relay.None}
	if got, err := plain.Certificate(t.Context()); err != nil || !got.IsZero() {
		t.Errorf("without TLS: %s, %v", got, err)
	}
	if _, err := (&relay.Relay{Host: "127.0.0.1", Port: 1, TLS: relay.None}).Certificate(t.Context()); err == nil ||
		errors.Is(err, relay.ErrCertificate) {
		t.Errorf("where nobody answers: %v", err)
	}
}
