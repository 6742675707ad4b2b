package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// soonEnds is when a certificate is so near its end that somebody should look.
const soonEnds = 14 * 24 * time.Hour

// browser asks web servers as others see them. Redirects are answers.
func (p *patient) browser() *http.Client {
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{RootCAs: p.bedside.roots, Time: p.now, MinVersion: tls.VersionTLS12},
	}
	return &http.Client{
		Transport: t, Timeout: p.limit(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// lookAtPages asks for the readers' pages by their public address: a request to leave, of
// nobody, and whom they take us for.
func lookAtPages(ctx context.Context, p *patient) []digest.Finding {
	const name = "one-click"
	var f findings
	key, err := p.house.list.SigningKey(ctx)
	if err != nil {
		f.failed(name, err, "")
		return f.all
	}
	nobody, err := p.nobody(ctx)
	if err != nil {
		f.failed(name, err, "")
		return f.all
	}
	answer, text, err := p.leave(ctx, key.Link(subscribers.ToUnsubscribe, nobody, time.Time{}))
	if err != nil {
		f.unreached(p, err)
		return f.all
	}
	right := answer.StatusCode == http.StatusOK && !strings.Contains(text, "<html")
	if right && p.deceived(ctx, key, nobody) {
		f.say(name, digest.Fail, "set base_url to the address of Vesper's pages; another server answers there",
			"%s answers a link that nobody was given like one of this newsroom", p.config.Web.BaseURL)
		f.certificate(p, answer.TLS)
		return f.all
	}
	f.left(p, answer, text)
	f.certificate(p, answer.TLS)
	if right {
		f.proxies(ctx, p, key, nobody)
	}
	return f.all
}

// deceived says that a link which nobody leaves by is answered as if it were one: by
// something that is not Vesper. Vesper knows it as the operator's.
func (p *patient) deceived(ctx context.Context, key subscribers.Key, nobody uint64) bool {
	answer, _, err := p.leave(ctx, key.Link(subscribers.ToSee, nobody, p.now().Add(time.Minute)))
	return err == nil && answer.StatusCode == http.StatusOK
}

// nobody gives a public ID that no reader has.
func (p *patient) nobody(ctx context.Context) (uint64, error) {
	for range 8 {
		var b [8]byte
		if _, err := rand.Read(b[:]); err != nil {
			return 0, err
		}
		id := binary.BigEndian.Uint64(b[:])
		if _, err := p.house.list.Reader(ctx, id); errors.Is(err, digest.ErrNotFound) {
			return id, nil
		} else if err != nil {
			return 0, err
		}
	}
	return 0, errors.New("every number that was tried has a reader")
}

// leave asks as a mailbox provider does (RFC 8058 3.2).
func (p *patient) leave(ctx context.Context, token string) (*http.Response, string, error) {
	at := p.config.Web.BaseURL + "/u/" + token
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader("List-Unsubscribe=One-Click"))
	if err != nil {
		return nil, "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.ask(r)
}

func (p *patient) ask(r *http.Request) (*http.Response, string, error) {
	r.Header.Set("User-Agent", agent())
	answer, err := p.browser().Do(r)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	return answer, string(text), err
}

// unreached says why the pages can't be reached.
func (f *findings) unreached(p *patient, err error) {
	const name = "one-click"
	base := p.config.Web.BaseURL
	var unknown *net.DNSError
	var invalid x509.CertificateInvalidError
	var other x509.HostnameError
	var authority x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	var timeout net.Error
	switch {
	case errors.As(err, &unknown):
		f.say(name, digest.Fail, "publish an A or AAAA record for it, or mend base_url", "DNS knows no host %s", unknown.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		f.say(name, digest.Fail, `start "vesper serve" and the web server in front of it`, "nothing answers at %s", base)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		f.say("certificate", digest.Fail, "renew it, and look why that did not happen by itself",
			"the certificate of %s is valid from %s to %s", base, invalid.Cert.NotBefore.Format(time.DateOnly),
			invalid.Cert.NotAfter.Format(time.DateOnly))
	case errors.As(err, &other):
		f.say("certificate", digest.Fail, "get one for the host of base_url", "the certificate at %s is not for %s", base,
			other.Host)
	case errors.As(err, &authority):
		f.say("certificate", digest.Fail, "install the whole chain, from an authority that everybody trusts",
			"the certificate of %s is signed by an unknown authority", base)
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		f.say(name, digest.Fail, "put a web server with a certificate in front of [web] listen",
			"%s does not speak TLS", base)
	case errors.As(err, &timeout) && timeout.Timeout():
		f.say(name, digest.Fail, "look at the firewall, and at the web server in front", "%s does not answer in time", base)
	default:
		if inner := (*url.Error)(nil); errors.As(err, &inner) {
			err = inner.Err
		}
		f.say(name, digest.Fail, "look at the web server in front of the pages", "%s: %v", base, err)
	}
}

// left says what the answer to a request to leave means.
func (f *findings) left(p *patient, answer *http.Response, text string) {
	const name = "one-click"
	base := p.config.Web.BaseURL
	via := answer.Header.Get("Server")
	if via != "" {
		via = " (" + via + ")"
	}
	switch code := answer.StatusCode; {
	case code == http.StatusOK && strings.Contains(text, "<html"):
		f.say(name, digest.Fail, "set base_url to the address of Vesper's pages, or mend the path in the web server in front",
			"%s answers with a page of another site%s", base, via)
	case code == http.StatusOK:
		f.say(name, digest.OK, "", "%s takes a reader off with one click, without a redirect", base)
	case code >= 300 && code < 400:
		to, _ := url.Parse(answer.Header.Get("Location"))
		where := "elsewhere"
		if to != nil && to.Host != "" {
			where = "to " + to.Scheme + "://" + to.Host
		}
		f.say(name, digest.Fail, "set base_url to where it leads, or take the redirect out",
			"%s redirects %s (%d)%s: mailbox providers don't follow (RFC 8058)", base, where, code, via)
	case code == http.StatusBadRequest:
		f.say(name, digest.Fail, "let the web server in front pass paths as they come; is another database served there?",
			"%s does not know a link of this newsroom (400)%s", base, via)
	case code == http.StatusForbidden || code == http.StatusUnauthorized:
		f.say(name, digest.Fail, "let everybody POST to /u/ there, without a login and without a challenge",
			"%s refuses who wants to leave (%d)%s", base, code, via)
	case code == http.StatusBadGateway || code == http.StatusGatewayTimeout:
		f.say(name, digest.Fail, fmt.Sprintf(`start "vesper serve"; the web server must pass to %s`, p.config.Web.Listen),
			"the web server at %s%s does not reach Vesper (%d)", base, via, code)
	case code == http.StatusServiceUnavailable:
		f.say(name, digest.Fail, `look at the log of "vesper serve"`, "%s can't answer (503)%s", base, via)
	default:
		f.say(name, digest.Fail, "look at the path and the methods that the web server in front passes on",
			"%s answers %d to a request to leave%s", base, code, via)
	}
}

func (f *findings) certificate(p *patient, state *tls.ConnectionState) {
	const name = "certificate"
	if state == nil {
		f.say(name, digest.Unseen, "", "base_url is http, on this machine alone")
		return
	}
	end := state.PeerCertificates[0].NotAfter
	left := end.Sub(p.now())
	if left < soonEnds {
		f.say(name, digest.Warn, "renew it, and look why that did not happen by itself",
			"the certificate of base_url ends on %s, in %d hours", end.UTC().Format(time.DateOnly), int(left.Hours()))
		return
	}
	f.say(name, digest.OK, "", "that of base_url is valid for %s more", count(int(left.Hours()/24), "day"))
}
