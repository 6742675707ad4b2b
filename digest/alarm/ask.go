package alarm

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// askLimit is how long an answer may take.
const askLimit = 15 * time.Second

// direct asks over a connection of its own and follows no redirects: a secret goes to the
// one address that somebody wrote down.
var direct = &http.Client{
	Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, TLSHandshakeTimeout: askLimit,
		ResponseHeaderTimeout: askLimit, MaxResponseHeaderBytes: 64 << 10,
	},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// ask sends a request whose address is a secret, and gives an error unless it succeeds.
func ask(c *http.Client, agent string, r *http.Request) error {
	if c == nil {
		c = direct
	}
	ctx, cancel := context.WithTimeout(r.Context(), askLimit)
	defer cancel()
	r.Header.Set("User-Agent", agent)
	answer, err := c.Do(r.WithContext(ctx))
	switch {
	case ctx.Err() != nil && r.Context().Err() == nil:
		return fmt.Errorf("no answer within %s", askLimit)
	case r.Context().Err() != nil:
		return r.Context().Err()
	case err != nil:
		return inOurWords(err)
	}
	defer answer.Body.Close()
	// Who answers without end is not listened to.
	_, _ = io.CopyN(io.Discard, answer.Body, 16<<10)
	switch code := answer.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code >= 300 && code < 400:
		return fmt.Errorf("it answers %d: redirects are not followed, use the address that it leads to", code)
	default:
		return fmt.Errorf("it answers %d %s", code, http.StatusText(code))
	}
}

// inOurWords says what went wrong without a word of anybody else's: the libraries quote
// the address, its host, and whatever a server answers, which may be our own request.
func inOurWords(err error) error {
	var dns *net.DNSError
	var refused syscall.Errno
	var late net.Error
	var unknown x509.UnknownAuthorityError
	var other x509.HostnameError
	var invalid x509.CertificateInvalidError
	var alert tls.AlertError
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return errors.New("no DNS server knows its host")
	case errors.As(err, &dns):
		return errors.New("its host could not be looked up")
	case errors.As(err, &unknown):
		return errors.New("its certificate is by nobody whom this machine knows")
	case errors.As(err, &other):
		return errors.New("its certificate is for another name")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return errors.New("its certificate has ended, or is not valid yet")
	case errors.As(err, &invalid):
		return errors.New("its certificate is not valid")
	case errors.As(err, &alert), errors.As(err, &plain):
		return errors.New("there is no TLS with it")
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &late) && late.Timeout():
		return fmt.Errorf("no answer within %s", askLimit)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it closed the connection without an answer")
	}
	return errors.New("its answer is not HTTP that can be read")
}
