// Package fetch gets what publishers offer over HTTP: within limits, with a condition
// where it was got before, and from public addresses alone.
package fetch

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"code.dny.dev/ssrf"
)

// The limits of one request.
const (
	// Deadline is how long it may take, from the name's lookup to the last byte.
	Deadline = 20 * time.Second
	// MaxBytes is the longest body, after decompression.
	MaxBytes = 8 << 20
	// MaxRedirects is how often it may be sent on.
	MaxRedirects = 5
)

// Client gets what lies at an address. It keeps no cookies, sends no credentials, asks no
// proxy and leaves no connection open.
type Client struct {
	// Deadline is how long a request may take, [Deadline] unless it is changed.
	Deadline time.Duration
	// Straight has it follow no redirect: what is asked for lies at its address or nowhere.
	Straight bool

	http http.Client
	// agent is what it calls itself.
	agent string
}

// New gives a client that calls itself agent. It connects to public addresses alone, and
// to those that are allowed: a feed within the house may be named in the configuration.
// What counts is the address that is dialled, not the name, which may change its address
// between two looks.
func New(agent string, allowed []netip.Prefix) *Client {
	guard := guardian(allowed)
	c := &Client{agent: agent, Deadline: Deadline}
	c.http = http.Client{
		Transport: &http.Transport{
			DialContext:            (&net.Dialer{Timeout: Deadline / 2, Control: guard.Safe}).DialContext,
			Proxy:                  nil,
			DisableKeepAlives:      true,
			MaxResponseHeaderBytes: 64 << 10,
			TLSHandshakeTimeout:    Deadline / 2,
			ResponseHeaderTimeout:  Deadline,
			ForceAttemptHTTP2:      true,
		},
		CheckRedirect: func(to *http.Request, via []*http.Request) error {
			if c.Straight {
				return ErrRedirected
			}
			return redirect(to, via)
		},
	}
	return c
}

func guardian(allowed []netip.Prefix) *ssrf.Guardian {
	var four, six []netip.Prefix
	for _, p := range allowed {
		if p = p.Masked(); p.Addr().Is4() {
			four = append(four, p)
		} else {
			six = append(six, p)
		}
	}
	return ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(four...), ssrf.WithAllowedV6Prefixes(six...))
}

// redirect says whether to go where a server sends us.
func redirect(to *http.Request, via []*http.Request) error {
	from := via[len(via)-1].URL
	switch {
	case len(via) > MaxRedirects:
		return ErrRedirects
	case from.Scheme == "https" && to.URL.Scheme != "https":
		return ErrDowngrade
	}
	to.URL.User = nil
	to.Header.Del("Referer")
	// What it was when it was got before is only known of the first address.
	if from.Host != to.URL.Host {
		to.Header.Del("If-None-Match")
		to.Header.Del("If-Modified-Since")
	}
	return check(to.URL)
}

// check says whether an address is one that is fetched.
func check(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%w: %q", ErrURL, Logged(u.String()))
	}
	return nil
}

// Request is what is asked for.
type Request struct {
	// URL is an http or https address. A name and password in it are not sent.
	URL string
	// ETag and Modified are the validators of the last answer (RFC 9110 8.8), if any.
	ETag, Modified string
	// Accept names the media types that are wanted, if they matter.
	Accept string
	// Head asks whether it is there, without its body.
	Head bool
}

// Response is what was answered.
type Response struct {
	// URL is where it was found in the end, Moved the address to ask from now on if the
	// server says that it has moved for good.
	URL   *url.URL
	Moved string
	// Same says that it has not changed since the last answer. There is no body then.
	Same bool
	Body []byte
	// Type is its Content-Type.
	Type string
	// ETag and Modified are its validators, for the next request.
	ETag, Modified string
	// Fresh is how long it need not be asked for again, 0 if the server does not say.
	Fresh time.Duration
	// After is how long the server asks to wait before the next request, 0 if it does not.
	After time.Duration
	// Links are its Link headers (RFC 8288).
	Links []string
}

// Get asks for a document. Errors are of the caller's context, of this package, or of the
// network; none of them shows a password.
func (c *Client) Get(ctx context.Context, r Request) (Response, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.Deadline, ErrTooSlow)
	defer cancel()
	method := http.MethodGet
	if r.Head {
		method = http.MethodHead
	}
	answer, err := c.ask(ctx, method, r)
	if err != nil {
		return Response{}, plain(ctx, err)
	}
	defer answer.Body.Close()
	out := responseOf(r, answer)
	switch {
	case answer.StatusCode == http.StatusNotModified && (r.ETag != "" || r.Modified != ""):
		out.Same = true
		out.ETag, out.Modified = cmp.Or(out.ETag, r.ETag), cmp.Or(out.Modified, r.Modified)
		return out, nil
	case answer.StatusCode != http.StatusOK:
		return Response{}, statusError(answer)
	}
	switch coding := strings.ToLower(answer.Header.Get("Content-Encoding")); coding {
	case "br", "zstd", "deflate", "compress":
		return Response{}, &PackedError{coding}
	}
	if out.Body, err = read(answer.Body); err != nil {
		return Response{}, plain(ctx, err)
	}
	return out, nil
}

// read reads a body up to the limit. One that is a compressed file is read as what is in
// it.
func read(body io.Reader) ([]byte, error) {
	in := bufio.NewReader(body)
	if begins, _ := in.Peek(2); string(begins) == "\x1f\x8b" {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		in = bufio.NewReader(z)
	}
	return readAll(in)
}

// readAll is io.ReadAll with a limit. A long text is moved once at most, as several may be
// read at once.
func readAll(in io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(in, 1<<20))
	if err != nil || len(text) < 1<<20 {
		return text, err
	}
	text = append(make([]byte, 0, MaxBytes+1), text...)
	for len(text) <= MaxBytes {
		n, err := in.Read(text[len(text):cap(text)])
		if text = text[:len(text)+n]; err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
	}
	if len(text) > MaxBytes {
		return nil, ErrTooLong
	}
	return text, nil
}

func (c *Client) ask(ctx context.Context, method string, r Request) (*http.Response, error) {
	u, err := url.Parse(strings.TrimSpace(r.URL))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrURL, withoutURL(err))
	}
	if err := check(u); err != nil {
		return nil, err
	}
	u.User = nil
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return nil, withoutURL(err)
	}
	req.Header.Set("User-Agent", c.agent)
	for name, value := range map[string]string{
		"Accept": r.Accept, "If-None-Match": r.ETag, "If-Modified-Since": r.Modified,
	} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	return c.http.Do(req)
}
