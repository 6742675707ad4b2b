package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"vesper/digest/whole"
	"vesper/subscribers/returns/hooktest"
)

// below are the web servers whose examples have the pages below a path, each with all its
// logs in DIR/logs, as far as the example does not say otherwise.
var below = map[string]proxy{
	"nginx.conf": {
		`pid DIR/pid; error_log DIR/logs warn; daemon off; master_process off; events {}
		http { access_log DIR/logs; client_body_temp_path DIR/a; proxy_temp_path DIR/b; fastcgi_temp_path DIR/c;
		uwsgi_temp_path DIR/d; scgi_temp_path DIR/e; server { listen 127.0.0.1:PORT ssl; ssl_certificate CERT;
		ssl_certificate_key CERT; EXAMPLE } }`,
		[]string{"nginx", "-c", "DIR/config"},
	},
	"Caddyfile": {
		"{\nadmin off\nauto_https off\nlog {\noutput file DIR/logs\nexclude http.log.error\n}\n}\n" +
			"https://127.0.0.1:PORT {\ntls CERT CERT\nlog\nskip_log /vesper/*\nEXAMPLE\n}\n",
		[]string{"caddy", "run", "--adapter", "caddyfile", "--config", "DIR/config"},
	},
}

// TestThePagesWorkBelowAPath runs the examples of dist as they stand there, with TLS, before
// the built program, and does below the path all that readers and providers do.
func TestThePagesWorkBelowAPath(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	for name, p := range below {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(p.command[0]); err != nil {
				t.Skipf("%s is not installed", p.command[0])
			}
			newSite(t, name, p).tried(t)
		})
	}
}

// site is a newsroom whose pages are below a path of a web server.
type site struct {
	*newsroom
	base, dir string
	client    *http.Client
	roots     *x509.CertPool
	service   told
}

func newSite(t *testing.T, example string, p proxy) *site {
	t.Helper()
	s := &site{newsroom: newNewsroom(t, 2), dir: t.TempDir()}
	pages, port := freePort(t), freePort(t)
	s.base = fmt.Sprintf("https://127.0.0.1:%d/vesper", port)
	s.behind(t, pages, s.base)
	writeFile(t, filepath.Join(s.newsroom.dir, "standard.secret"), webhookSecret("standard")+"\n")
	writeFile(t, filepath.Join(s.newsroom.dir, "standard.key"), hooktest.StandardKey+"\n")
	s.write(t, "vesper.toml", s.config(t)+
		"[[webhook]]\nprovider = \"standard\"\nsecret_file = \"standard.secret\"\nkey_file = \"standard.key\"\n")
	s.newsroom.send(t, exitDone)
	s.service = s.tells(t)
	s.service.says(t, "msg=serving")

	by, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	s.roots = x509.NewCertPool()
	s.roots.AddCert(by.root)
	s.client = &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: s.roots}, DisableKeepAlives: true,
	}}
	cert := filepath.Join(s.dir, "cert.pem")
	writeFile(t, cert, pemOf(t, by.certificate(t, 90, "").Certificates[0]))
	text, err := os.ReadFile(filepath.Join("dist", example))
	if err != nil {
		t.Fatal(err)
	}
	p.config = strings.ReplaceAll(p.config, "CERT", cert)
	p.begin(t, string(text), s.dir, pages, port, func() bool { return s.answered(s.base + "/s") })
	return s
}

func pemOf(t *testing.T, c tls.Certificate) string {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
}

func (s *site) answered(page string) bool {
	got, err := s.client.Get(page)
	if err != nil {
		return false
	}
	got.Body.Close()
	return got.StatusCode == http.StatusOK
}

// does gives the answer to a request, which must have this status, and where it came from.
func (s *site) does(t *testing.T, want int, method, at, form string) (string, *url.URL) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, at, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", strings.TrimSuffix(s.base, "/vesper"))
	}
	got, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode != want {
		t.Errorf("%s %s: got %s, %v, want %d", method, keyless(at), got.Status, err, want)
	}
	return string(text), got.Request.URL
}

// keyless gives an address without what follows its page.
func keyless(at string) string {
	return regexp.MustCompile(`/([a-z]+)/[^/]{20,}.*`).ReplaceAllString(at, "/$1/…")
}

func (s *site) tried(t *testing.T) {
	// From wherever they came to the form, it is sent to where it is.
	for _, at := range []string{"", "/", "/s", "/s/"} {
		s.leads(t, s.base+at, `action="([^"]*)"`, s.base+"/s")
	}
	s.does(t, http.StatusOK, "POST", s.base+"/s", "email=ines@reader.example")
	_, letter := s.gets(t, 3)
	confirm := s.link(t, letter, "/c/")
	s.does(t, http.StatusOK, "GET", confirm, "")
	s.does(t, http.StatusOK, "POST", confirm, "x=")
	s.becomes(t, `subscribers WHERE address_key = 'ines@reader.example' AND status = 'active'`)

	_, edition := s.gets(t, 1)
	leave, prefer := s.link(t, edition, "/u/"), s.link(t, edition, "/p/")
	if page, _ := s.does(t, http.StatusOK, "GET", prefer, ""); !strings.Contains(page, "<form method=\"post\"") {
		t.Error("the preferences have no form")
	}
	s.does(t, http.StatusOK, "POST", prefer, "evenings=weekdays")
	s.does(t, http.StatusOK, "GET", s.link(t, edition, "/e/"), "")
	s.leads(t, s.base+"/e", `href="([^"]*`+tomorrow+`[^"]*)"`, s.base+"/e/"+tomorrow+"-evening")
	s.leads(t, s.base+"/e/", `href="([^"]*`+tomorrow+`[^"]*)"`, s.base+"/e/"+tomorrow+"-evening")
	if _, at := s.does(t, http.StatusOK, "GET", s.base+"/e/latest", ""); at.String() != s.base+"/e/"+tomorrow+"-evening" {
		t.Errorf("the latest edition is at %s", at)
	}
	s.does(t, http.StatusOK, "POST", leave, "List-Unsubscribe=One-Click")
	s.becomes(t, `subscribers WHERE status = 'unsubscribed'`)
	s.told(t)
	s.healthy(t)
	s.leaks(t, leave, prefer, confirm)
}

// leads holds what a page has in a pattern's group to an address, as a browser there sees it.
func (s *site) leads(t *testing.T, at, pattern, want string) {
	t.Helper()
	page, from := s.does(t, http.StatusOK, "GET", at, "")
	found := regexp.MustCompile(pattern).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("%s has no %s:\n%s", at, pattern, page)
	}
	if to, err := from.Parse(found[1]); err != nil || to.String() != want {
		t.Errorf("%s leads to %v, %v, want %s", at, to, err, want)
	}
}

// link finds a link below a path of the pages.
func (s *site) link(t *testing.T, text, path string) string {
	t.Helper()
	found := regexp.MustCompile(regexp.QuoteMeta(s.base+path) + `[A-Za-z0-9_-]+`).FindString(text)
	if found == "" {
		t.Fatalf("there is no link to %s%s in\n%s", s.base, path, text)
	}
	return found
}

// bounces is a webhook's request about a reader who is still there.
func (s *site) bounces(to sentTo) *http.Request {
	p := hooktest.Providers()["standard"]
	body := p.Bounce(hooktest.Mail{Address: to.address, ID: to.id, Queue: to.queue, Event: "standard"})
	return p.Sign(s.base+"/hooks/standard/"+webhookSecret("standard"), body, time.Now(), false)
}

// told has a provider tell of a reader who does not exist.
func (s *site) told(t *testing.T) {
	t.Helper()
	to := s.sentTo(t)[1]
	got, err := s.client.Do(s.bounces(to))
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	if got.StatusCode != http.StatusOK {
		t.Errorf("a webhook: got %s", got.Status)
	}
	s.becomes(t, fmt.Sprintf(`reports WHERE subscriber = %d`, to.subscriber))
}

// healthy has doctor look at the pages from outside.
func (s *site) healthy(t *testing.T) {
	t.Helper()
	var out, talk bytes.Buffer
	a := &app{
		stdin: strings.NewReader(""), stdout: &out, stderr: &talk, env: none, now: time.Now,
		dns: resolverAt(freePort(t)), bedside: bedside{roots: s.roots},
	}
	a.execute(t.Context(), []string{"--config", filepath.Join(s.newsroom.dir, "vesper.toml"), "doctor", "-o", "json"})
	for _, want := range []string{
		`"name":"one-click","result":"ok","message":"` + s.base + " takes a reader off with one click, without a redirect",
		`"name":"certificate","result":"ok"`, `"name":"proxy","result":"ok","message":"the web server in front says who asks`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("doctor does not say %s:\n%s%s", want, &out, &talk)
		}
	}
}

// leaks looks for a link or a secret in the web server's logs: also of a request that came
// while Vesper did not answer.
func (s *site) leaks(t *testing.T, links ...string) {
	t.Helper()
	to := s.sentTo(t)[1]
	s.service.Process.Signal(syscall.SIGTERM)
	<-s.service.ended
	got, err := s.client.Do(s.bounces(to))
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	if got.StatusCode != http.StatusBadGateway {
		t.Errorf("without the service: got %s", got.Status)
	}
	log, err := os.ReadFile(filepath.Join(s.dir, "logs"))
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range append(links, webhookSecret("standard")) {
		if key := link[strings.LastIndexByte(link, '/')+1:]; bytes.Contains(log, []byte(key)) {
			t.Errorf("the log has a key of %s:\n%s", keyless(link), log)
		}
	}
}
