package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

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

// ward is a newsroom in which all is well, with the world that it depends on, until one
// thing is broken.
type ward struct {
	*testing.T
	dir, config string
	app         *app
	authority   authority
	zone        zone
	// mail is how the relay behaves.
	mail *manners
	// front is the web server in front of the pages: it hands on to pages unless it has an
	// answer of its own.
	front    func(http.ResponseWriter, *http.Request) bool
	frontTLS *tls.Config
	// forward says what the front does with X-Forwarded-For: "add", "pass" or "drop".
	forward string
	site    http.HandlerFunc
	greets  string
	unit    string
	// before is done when all else is set up, last, on the files.
	before []func()
	dkim   dkim.Record
	// file is the configuration that doctor reads.
	file string
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

func newWard(t *testing.T) *ward {
	t.Helper()
	ca, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	n := newNewsroom(t, 0)
	w := &ward{
		T: t, file: "vesper.toml", dir: n.dir, authority: ca, frontTLS: ca.certificate(t, 60, ""), forward: "add", greets: "220 bounce.news.example",
		unit: hardUnit, mail: &manners{
			tls: ca.certificate(t, 60, ""), starttls: true, auth: "AUTH PLAIN LOGIN", size: "SIZE 10000000",
			greeting: "220 smtp.news.example", login: "235 welcome", sender: "250 yes", recipient: "250 yes",
		},
		front: func(http.ResponseWriter, *http.Request) bool { return false },
		site: func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/rss+xml")
			io.WriteString(rw, healthyFeed)
		},
	}
	key, err := sharedKey()
	if err != nil {
		t.Fatal(err)
	}
	w.write("keys/v1.pem", string(key), 0o600)
	w.write("relay.password", "secret\n", 0o600)
	s, err := dkim.New(dkim.Options{Domain: "news.example", Selector: "v1", KeyFile: w.path("keys/v1.pem")})
	if err != nil {
		t.Fatal(err)
	}
	w.dkim = s.Records()[0]
	w.zone = zone{
		"news.example":              {mx("mx.news.example")},
		"mx.news.example":           {host4(203, 0, 113, 7)},
		"bounce.news.example":       {mx("mx.news.example"), txtRecord("v=spf1 ip4:203.0.113.7 ~all")},
		"_dmarc.news.example":       {txtRecord("v=DMARC1; p=quarantine; rua=mailto:dmarc@news.example")},
		w.dkim.Name:                 {txtRecord(w.dkim.Value)},
		"7.113.0.203.in-addr.arpa":  {&dnsmessage.PTRResource{PTR: dnsmessage.MustNewName("mx.news.example.")}},
		"email-smtp.amazonaws.com":  {host4(203, 0, 113, 99)},
		"0.0.127.in-addr.arpa":      nil,
		"unrelated.example":         {txtRecord("v=spf1 ip4:203.0.113.50 -all")},
		"ip203-0-113-7.isp.example": {host4(203, 0, 113, 7)},
	}
	w.config = `[publication]
name = "Newslooks"
from = "Newslooks Evening Edition <evening@news.example>"
postal_address = "2 Real Street, Orlanda"
url = "SITE/"
timezone = "UTC"
[[relay]]
host = "127.0.0.1"
port = RELAY
tls = "required"
username = "desk"
password_file = "relay.password"
[dkim]
domain = "news.example"
key_file = "keys/v1.pem"
[web]
listen = "127.0.0.1:0"
base_url = "https://FRONT"
trusted_proxies = ["127.0.0.1"]
[bounces]
listen = "BOUNCES"
[[feed]]
url = "SITE/feed"
allow_private = ["127.0.0.1"]
`
	return w
}

func mx(host string) dnsmessage.ResourceBody {
	return &dnsmessage.MXResource{Pref: 10, MX: dnsmessage.MustNewName(strings.TrimSuffix(host, ".") + ".")}
}

func host4(a, b, c, d byte) dnsmessage.ResourceBody {
	return &dnsmessage.AResource{A: [4]byte{a, b, c, d}}
}

func (w *ward) path(name string) string { return filepath.Join(w.dir, name) }

func (w *ward) write(name, text string, mode os.FileMode) {
	w.Helper()
	path := w.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		w.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		w.Fatal(err)
	}
}

// replace changes the configuration.
func (w *ward) replace(old, by string) {
	w.Helper()
	if !strings.Contains(w.config, old) {
		w.Fatalf("the configuration has no %q", old)
	}
	w.config = strings.Replace(w.config, old, by, 1)
}

// open starts the world, and makes the database.
func (w *ward) open() {
	w.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.site(rw, r) }))
	w.Cleanup(site.Close)
	var pages http.Handler
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !w.front(rw, r) {
			pages.ServeHTTP(rw, r)
		}
	}))
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	host := front.Listener.Addr().String()
	if front.TLS = w.frontTLS; front.TLS == nil {
		front.Start()
	} else {
		front.StartTLS()
	}
	w.Cleanup(front.Close)
	for old, by := range map[string]string{
		"SITE": site.URL, "FRONT": host, "RELAY": fmt.Sprint(w.mail.serve(w.T)), "BOUNCES": w.door(),
	} {
		w.config = strings.ReplaceAll(w.config, old, by)
	}
	w.write("vesper.toml", w.config, 0o600)
	w.write("vesper.service", w.unit, 0o644)
	pool := x509.NewCertPool()
	pool.AddCert(w.authority.root)
	port := w.zone.serve(w.T)
	w.app = &app{
		env: func(name string) string { return map[string]string{"VESPER_CONFIG": w.path(w.file)}[name] },
		now: clock(), dns: resolverAt(port), bedside: bedside{
			roots: pool, addresses: []netip.Addr{netip.MustParseAddr("203.0.113.7")}, units: []string{w.path("vesper.service")},
		},
	}
	pages = w.pages()
	for _, do := range w.before {
		do()
	}
}

// resolverAt asks the DNS at a port of loopback.
func resolverAt(port int) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: toLoopback(port)}
}

// pages gives the readers' pages behind the front, as serve has them.
func (w *ward) pages() http.Handler {
	w.Helper()
	c, flaws, looks, err := w.app.read()
	if err != nil || c == nil || len(flaws) > 0 {
		return http.NotFoundHandler()
	}
	h, err := w.app.build(w.Context(), c, looks)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(h.close)
	quiet := slog.New(slog.DiscardHandler)
	server := httptest.NewServer(w.app.pages(h, w.app.door(h, quiet), quiet))
	w.Cleanup(server.Close)
	to, err := url.Parse(server.URL)
	if err != nil {
		w.Fatal(err)
	}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		switch w.forward {
		case "add":
			r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
			r.SetXForwarded()
		case "pass":
			r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
		}
	}}
}

// door greets whoever brings what came back.
func (w *ward) door() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.Fatal(err)
	}
	if w.greets == "" {
		l.Close()
		return l.Addr().String()
	}
	w.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprintf(c, "%s\r\n", w.greets)
			bufio.NewReader(c).ReadString('\n')
			c.Close()
		}
	}()
	return l.Addr().String()
}

// looks runs doctor, and gives its exit status and findings.
func (w *ward) looks(args ...string) (int, []findingJSON) {
	w.Helper()
	code, out, talk := say(w.T, w.app, append([]string{"doctor", "-o", "json"}, args...)...)
	var all []findingJSON
	for d := json.NewDecoder(strings.NewReader(out)); ; {
		var f findingJSON
		if err := d.Decode(&f); err == io.EOF {
			return code, all
		} else if err != nil {
			w.Fatalf("%v in %s, %s", err, out, talk)
		}
		all = append(all, f)
	}
}
