package fetch

import (
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// longest is the longest wait that a server may ask for.
const longest = 24 * time.Hour

// mostReason is how much is read of what a server says of a refusal, in bytes.
const mostReason = 4 << 10

func responseOf(r Request, answer *http.Response) Response {
	out := Response{
		URL: answer.Request.URL, Type: answer.Header.Get("Content-Type"),
		ETag: answer.Header.Get("ETag"), Modified: answer.Header.Get("Last-Modified"),
		Fresh: fresh(answer.Header), After: retryAfter(answer.Header), Links: answer.Header.Values("Link"),
	}
	out.Moved = moved(r, answer)
	return out
}

// moved gives the address that a document has moved to for good: each step of the way
// there must say so.
func moved(r Request, answer *http.Response) string {
	to := answer.Request.URL.String()
	if to == strings.TrimSpace(r.URL) {
		return ""
	}
	for step := answer.Request.Response; step != nil; step = step.Request.Response {
		if step.StatusCode != http.StatusMovedPermanently && step.StatusCode != http.StatusPermanentRedirect {
			return ""
		}
	}
	if answer.Request.Response == nil {
		return ""
	}
	return to
}

// statusError tells an answer that is no document, with the wait that it asks for.
func statusError(answer *http.Response) *StatusError {
	e := &StatusError{Code: answer.StatusCode, After: retryAfter(answer.Header)}
	if kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type")); err == nil && kind == "application/json" {
		e.JSON, _ = io.ReadAll(io.LimitReader(answer.Body, mostReason))
	}
	return e
}

// retryAfter reads Retry-After (RFC 9110 10.2.3): seconds, or a date beside the
// server's own Date, so that no clock of ours is asked.
func retryAfter(h http.Header) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.Atoi(value); err == nil {
		return wait(time.Duration(min(max(n, 0), int(longest/time.Second))) * time.Second)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return wait(at.Sub(now))
}

// fresh reads Cache-Control's max-age (RFC 9111 5.2.2.1), less the answer's Age.
func fresh(h http.Header) time.Duration {
	age, _ := strconv.Atoi(h.Get("Age"))
	seconds := 0
	for part := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), "=")
		switch name {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			seconds, _ = strconv.Atoi(strings.Trim(value, `"`))
		}
	}
	return wait(time.Duration(min(max(seconds-max(age, 0), 0), int(longest/time.Second))) * time.Second)
}

func wait(d time.Duration) time.Duration { return min(max(d, 0), longest) }
