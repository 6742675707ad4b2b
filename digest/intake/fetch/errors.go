package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"code.dny.dev/ssrf"
)

// What may be wrong with an address or an answer.
var (
	ErrURL        = errors.New("this is not an http or https address")
	ErrRedirects  = errors.New("it is redirected more than 5 times")
	ErrRedirected = errors.New("it is redirected, which is not followed here")
	ErrDowngrade  = errors.New("it is redirected from https to http")
	ErrPrivate    = errors.New("its address is not public")
	ErrTooLong    = errors.New("it has more than 8 MiB")
	ErrTooSlow    = errors.New("it did not answer within 20 seconds")
	ErrCut        = errors.New("its answer breaks off")
	ErrClosed     = errors.New("it closed the connection without an answer")
	ErrNotHTTP    = errors.New("its answer is not HTTP as it should be")
)

// PackedError says that an answer is compressed in a way that was not asked for.
type PackedError struct{ Coding string }

func (e *PackedError) Error() string {
	return fmt.Sprintf("it is packed as %q, which was not asked for", e.Coding)
}

// StatusError is an answer that is neither the document nor "not modified".
type StatusError struct {
	// Code is the HTTP status.
	Code int
	// After is how long the server asks to wait, 0 if it does not say.
	After time.Duration
	// JSON is the beginning of what the server says of it, if it says it in JSON.
	JSON []byte
}

func (e *StatusError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("the server answers %d %s", e.Code, http.StatusText(e.Code)))
}

// Gone says whether an answer means that nothing is there any more: 404 or 410.
func (e *StatusError) Gone() bool { return e.Code == http.StatusNotFound || e.Code == http.StatusGone }

// plain gives an error in words of ours, without the address, which the caller knows.
func plain(ctx context.Context, err error) error {
	var late net.Error
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork):
		return ErrPrivate
	case errors.Is(context.Cause(ctx), ErrTooSlow), errors.As(err, &late) && late.Timeout() && ctx.Err() == nil:
		return ErrTooSlow
	case errors.As(err, &dns) && dns.IsNotFound:
		return &NameError{dns.Name}
	case errors.As(err, &dns):
		return fmt.Errorf("the name %s could not be looked up", dns.Name)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return ErrCut
	case errors.Is(err, io.EOF):
		return ErrClosed
	case errors.As(err, &op):
		// Without the addresses: our port is another each time, and who logs what changed
		// would log it for ever.
		return op.Err
	}
	return unquoted(withoutURL(err))
}

// broken is how an error begins that may quote what a server has sent.
const broken = "net/http: HTTP/1.x transport connection broken: "

// unquoted gives an error without what it quotes of an answer: that may be our own request,
// with the key in it.
func unquoted(err error) error {
	var protocol textproto.ProtocolError
	words, is := strings.CutPrefix(err.Error(), broken)
	if !is && !strings.HasPrefix(words, "failed to parse Location header") && !errors.As(err, &protocol) {
		return err
	}
	words, _, _ = strings.Cut(words, `"`)
	words, _, _ = strings.Cut(words, " line:")
	return fmt.Errorf("%w: %s", ErrNotHTTP, strings.Trim(words, " :"))
}

// NameError says that no DNS server knows a host.
type NameError struct{ Host string }

func (e *NameError) Error() string { return "no DNS server knows the name " + e.Host }

func withoutURL(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}
