package web

import (
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"vesper/subscribers"
	"vesper/templates"
)

// FuzzTokens: no path and no body takes anybody off the list, or puts anybody on
// it, without a token of ours, and none is a fault.
func FuzzTokens(f *testing.F) {
	f.Add("nonsense", encoded, oneClicks)
	f.Add(token()+"A", multi, multiBody)
	f.Add("\x00\xff", "multipart/form-data", "--")
	f.Add("AQ", encoded, "leave=yes&instead=weekend&form=plain")
	l := newList()
	l.readers[reader] = subscribers.Subscriber{PublicID: reader, Status: subscribers.Unconfirmed}
	h := Pages{
		List: l, Door: l, Editions: printed{}, Templates: templates.BuiltIn(),
		Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	}.Handler()
	f.Fuzz(func(t *testing.T, tok, kind, body string) {
		// What is stuck on a link of ours is no part of it.
		if subscribers.Whole(tok, subscribers.ToUnsubscribe) == token() {
			return
		}
		for _, path := range []string{"/c/", "/u/", "/p/"} {
			r := httptest.NewRequest("POST", "/u/x", strings.NewReader(body))
			r.URL.Path, r.URL.RawPath = path+tok, path+url.PathEscape(tok)
			r.Header.Set("Content-Type", kind)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code >= 500 || !l.untouched() {
				t.Errorf("%s with token %q: got %d, and the list is touched: %v", path, tok, w.Code, !l.untouched())
			}
		}
	})
}
