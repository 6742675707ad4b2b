package main

import (
	"crypto/tls"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"vesper/digest/dkim"
)

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

func newWard(t *testing.T) *ward {
	t.Helper()
	ca, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	n := newNewsroom(t, 0)
	w := &ward{
		T: t, file: "vesper.toml", dir: n.dir, authority: ca, frontTLS: ca.certificate(t, 60, ""), forward: "add",
		greets: "220 bounce.news.example",
		unit:   hardUnit + "ReadWritePaths=" + n.dir + "\n", mail: &manners{
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
[alarms]
command = ["true"]
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
