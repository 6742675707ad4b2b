package gather_test

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"vesper/digest/intake/fetch"
)

// bodies are answers that are too long, never end, or are packed in odd ways.
func bodies() []animal {
	return []animal{
		{
			name: "1 GiB of zeros in gzip", want: fetch.ErrTooLong.Error(),
			answers: packed("gzip", func() []byte { return bomb() }),
		},
		{
			name: "a file of 1 GiB of zeros", want: fetch.ErrTooLong.Error(),
			answers: packed("", func() []byte { return bomb() }),
		},
		{
			name: "gzip in gzip", answers: packed("gzip", func() []byte { return again(bomb()) }),
			want: fetch.ErrTooLong.Error(),
		},
		{
			name:    "gzip in gzip in gzip",
			answers: packed("gzip", func() []byte { return again(again(bomb())) }), want: "this is no feed",
		},
		{
			name: "gzip that breaks off", want: "breaks off",
			answers: packed("gzip", func() []byte { return gzipped(rssOf(), 1)[:40] }),
		},
		{
			name: "no gzip at all", want: "gzip: invalid header",
			answers: packed("gzip", func() []byte { return []byte(rssOf()) }),
		},
		{
			name: "gzip with a wrong sum", answers: packed("gzip", func() []byte {
				b := gzipped(rssOf(), 0)
				b[len(b)-6] ^= 1
				return b
			}), want: "gzip: invalid checksum",
		},
		{name: "a gzip head alone", answers: packed("", func() []byte { return []byte("\x1f\x8b") }), want: "breaks off"},
		{name: "deflate", answers: packed("deflate", deflated), want: `it is packed as "deflate", which was not asked for`},
		{name: "br", answers: packed("br", deflated), want: `it is packed as "br", which was not asked for`},
		{
			name: "gzip twice by name", want: "this is no feed",
			answers: packed("gzip, gzip", func() []byte { return again(bomb()) }),
		},
		{name: "a coding to harm a terminal", answers: packed("\u009b31m\u202e", deflated), want: "this is no feed"},
		{name: "a control character for a coding", answers: packed("\x1b[31m", deflated), want: "malformed MIME header"},
		{name: "called identity", answers: packed("identity", func() []byte { return []byte(next) }), lay: 1},
		{name: "called packed, and is not", answers: packed("utf-8", func() []byte { return []byte(next) }), lay: 1},
		{name: "a body without end", answers: func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		}, want: fetch.ErrTooLong.Error()},
		{name: "items without end", answers: func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "<rss><channel>")
			for i := 0; ; i++ {
				if _, err := fmt.Fprintf(w, "<item><guid>%d</guid><title>%d</title></item>", i, i); err != nil {
					return
				}
			}
		}, want: fetch.ErrTooLong.Error()},
		{name: "a byte now and then", slow: true, answers: func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "<rss><channel>")
			drip(r, func() { io.WriteString(w, "\n"); w.(http.Flusher).Flush() })
		}, want: fetch.ErrTooSlow.Error()},
		{name: "a byte of the head now and then", slow: true, answers: func(w http.ResponseWriter, r *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			defer c.Close()
			io.WriteString(c, "HTTP/1.1 200 OK\r\nX-Long: ")
			ticks := time.NewTicker(20 * time.Millisecond)
			defer ticks.Stop()
			for range 100 {
				if _, err := io.WriteString(c, "x"); err != nil {
					return
				}
				<-ticks.C
			}
		}, want: fetch.ErrTooSlow.Error()},
		{name: "no answer", slow: true, answers: func(_ http.ResponseWriter, r *http.Request) {
			drip(r, func() {})
		}, want: fetch.ErrTooSlow.Error()},
		{name: "a head and no body", slow: true, answers: func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			drip(r, func() {})
		}, want: fetch.ErrTooSlow.Error()},
		{name: "a whole feed, and then silence", slow: true, answers: func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, next)
			w.(http.Flusher).Flush()
			drip(r, func() {})
		}, want: fetch.ErrTooSlow.Error()},
		{
			name: "shorter than it says", answers: raw("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + next),
			want: "breaks off",
		},
		{
			name: "longer than it says", answers: raw("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + next),
			want: "its XML is broken",
		},
		{
			name: "a length below zero", want: "Content-Length",
			answers: raw("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + next),
		},
		{
			name: "two lengths", answers: raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n" + next),
			want: "Content-Length",
		},
		{
			name: "a length that no number holds", want: "Content-Length",
			answers: raw("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n" + next),
		},
		{
			name: "chunks that break off", want: "breaks off",
			answers: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n" + next),
		},
		{
			name: "chunks of no size", want: "invalid byte in chunk length",
			answers: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + next),
		},
		{
			name: "an odd transfer coding", want: "unsupported transfer encoding",
			answers: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
		},
		{
			name: "8 MiB and a byte", want: fetch.ErrTooLong.Error(),
			answers: xml(func() string { return "<rss>" + strings.Repeat(" ", fetch.MaxBytes-4) }),
		},
		{name: "nothing", answers: sends("text/xml", ""), want: "this is no feed"},
	}
}

// next is a feed with another good story.
var next = rssOf(story("next", "<title>The next one</title>"))

// bomb is 1 GiB of zeros as many small files in one, which are read as one.
func bomb() []byte { return bytes.Repeat(gzipped("", 1), 1024) }

func again(b []byte) []byte { return gzipped(string(b), 0) }

func deflated() []byte {
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		return nil
	}
	z.Write(make([]byte, 16<<20))
	z.Close()
	return b.Bytes()
}

// drip does a thing again and again until the client has left.
func drip(r *http.Request, do func()) {
	for r.Context().Err() == nil {
		do()
		select {
		case <-r.Context().Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}
