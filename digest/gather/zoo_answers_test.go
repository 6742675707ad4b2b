package gather_test

import (
	"fmt"
	"net/http"
	"strings"
)

// answers are statuses and heads that no feed needs.
func answers() []animal {
	return []animal{
		{name: "204", answers: status(204, nil), want: "answers 204 No Content"},
		{name: "206", answers: status(206, nil), want: "answers 206 Partial Content"},
		{name: "304 that was not asked for", answers: status(304, nil)},
		{name: "304 to everything", answers: status(304, map[string]string{"ETag": `"other"`})},
		{name: "401", answers: status(401, map[string]string{"WWW-Authenticate": `Basic realm="vesper"`}), want: "401"},
		{name: "404", answers: status(404, nil), want: "answers 404 Not Found"},
		{name: "407", answers: status(407, map[string]string{"Proxy-Authenticate": "Basic"}), want: "407"},
		{name: "418", answers: status(418, nil), want: "answers 418"},
		{name: "429 for ever", answers: status(429, map[string]string{"Retry-After": strings.Repeat("9", 400)}), want: "429"},
		{
			name: "429 since 1900", want: "429",
			answers: status(429, map[string]string{"Retry-After": "Mon, 01 Jan 1900 00:00:00 GMT"}),
		},
		{name: "429 below zero", answers: status(429, map[string]string{"Retry-After": "-1"}), want: "429"},
		{name: "503 with a body without end", answers: func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(503)
			for {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		}, want: "503"},
		{name: "999", answers: raw("HTTP/1.1 999 Request denied\r\n\r\n"), want: "answers 999"},
		{name: "a status of letters", answers: raw("HTTP/1.1 2x0 \x1b[31m\r\n\r\n"), want: "malformed HTTP"},
		{name: "HTTP/1.0", answers: raw("HTTP/1.0 200 OK\r\n\r\n" + next), lay: 1},
		{name: "HTTP/0.9", answers: raw(next), want: "malformed HTTP"},
		{name: "HTTP/9.9", answers: raw("HTTP/9.9 200 OK\r\n\r\n" + next), lay: 1},
		{name: "no HTTP", answers: raw("220 mail.example ESMTP \x1b]0;owned\x07\r\n"), want: "malformed HTTP"},
		{name: "closes at once", answers: raw(""), want: "closed the connection"},
		{name: "only HEAD", answers: func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodHead {
				http.Error(w, "no", http.StatusMethodNotAllowed)
			}
		}, want: "405"},
		{
			name: "a status 100 after another", want: "headers exceeded",
			answers: raw(strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 5000)),
		},
		{
			name: "early hints without end", want: "header",
			answers: raw(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 5000)),
		},
		{name: "Link headers without end", answers: func(w http.ResponseWriter, r *http.Request) {
			for i := range 5000 {
				w.Header().Add("Link", fmt.Sprintf(`</%d>; rel="https://api.w.org/"`, i))
			}
		}, want: "headers exceeded"},
		{
			name: "one header without end", want: "headers exceeded",
			answers: raw("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20)),
		},
		{name: "a header with NUL", answers: raw("HTTP/1.1 200 OK\r\nX: \x00\r\n\r\n" + next), want: "malformed"},
		{name: "a header that goes on", answers: raw("HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n" + next), lay: 1},
		{name: "cookies", answers: func(w http.ResponseWriter, r *http.Request) {
			if len(r.Cookies()) > 0 {
				http.Error(w, "a cookie came back", http.StatusTeapot)
				return
			}
			http.SetCookie(w, &http.Cookie{Name: "id", Value: "1"})
			fmt.Fprint(w, next)
		}, lay: 1},
		{name: "validators to harm", answers: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", strings.Repeat("é\u202e", 10_000))
			w.Header().Set("Last-Modified", "\u009b31m")
			fmt.Fprint(w, next)
		}, lay: 1},
		{name: "a max-age of all time", answers: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=99999999999999999999, max-age=-1")
			w.Header().Set("Age", "-99999999999999999999")
			fmt.Fprint(w, next)
		}, lay: 1},
		{
			name: "it wants another protocol", want: "101",
			answers: raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
		},
		{name: "an odd media type", answers: sends("image/\u009b31m; charset=\"\u202e", next), lay: 1},
		{
			name: "an image", want: "this is no feed",
			answers: sends("image/png", "\x89PNG\r\n\x1a\n"+strings.Repeat("\x00", 1000)),
		},
	}
}

// status answers with a status and a head alone.
func status(code int, head map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range head {
			w.Header().Set(name, value)
		}
		w.WriteHeader(code)
	}
}
