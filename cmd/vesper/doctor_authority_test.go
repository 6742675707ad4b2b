package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"vesper/digest/dkim"
)

// authority signs certificates that the ward trusts.
type authority struct {
	key  *ecdsa.PrivateKey
	root *x509.Certificate
}

var newAuthority = sync.OnceValues(func() (authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return authority{}, err
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Paper Authority"},
		NotBefore: time.Now().AddDate(-10, 0, 0), NotAfter: time.Now().AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		return authority{}, err
	}
	root, err := x509.ParseCertificate(der)
	return authority{key, root}, err
})

// certificate gives one that ends after so many days, for loopback or for a name.
func (a authority) certificate(t *testing.T, days int, name string) *tls.Config {
	t.Helper()
	form := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().AddDate(0, -3, 0),
		NotAfter: time.Now().Add(time.Duration(days)*24*time.Hour + time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if form.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}; name != "" {
		form.IPAddresses, form.DNSNames = nil, []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, form, a.root, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: a.key}}}
}

var sharedKey = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "doctor-key")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "v1.pem")
	if err := dkim.NewKey(path, dkim.RSA); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

const healthyFeed = `<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><link>http://127.0.0.1/</link>
<item><title>A ferry leaves on time</title><link>http://127.0.0.1/ferry</link><guid>1</guid></item></channel></rss>`

const hardUnit = `[Service]
ExecStart=/usr/bin/vesper serve
User=vesper
NoNewPrivileges=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
ProtectSystem=strict
ProtectHome=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
ProcSubset=pid
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
LockPersonality=yes
MemoryDenyWriteExecute=yes
CapabilityBoundingSet=
AmbientCapabilities=
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
RemoveIPC=yes
UMask=0077
`
