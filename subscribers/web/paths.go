package web

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// collapse serves a path with too many slashes, or with dots, as what it means. The
// mux would answer with a redirect, which a request to leave must not get (RFC 8058
// 3.1), and which would lose the path that a proxy has taken off.
func collapse(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		clean := path.Clean("/" + r.URL.Path)
		if strings.HasSuffix(r.URL.Path, "/") && clean != "/" {
			clean += "/"
		}
		if clean != r.URL.Path {
			u := *r.URL
			u.Path, u.RawPath = clean, ""
			again := *r
			again.URL = &u
			r = &again
		}
		next.ServeHTTP(w, r)
	})
}

// root is the way from the page that was asked for up to where our paths begin. It
// is relative, since a proxy may serve the pages below a path of its own.
func root(r *http.Request) string {
	asked := r.URL
	// What the browser's address is, before slashes were collapsed.
	if u, err := url.ParseRequestURI(r.RequestURI); err == nil {
		asked = u
	}
	return strings.Repeat("../", strings.Count(strings.TrimLeft(asked.EscapedPath(), "/"), "/"))
}

// acting lets a request do what it asks for even if its sender hangs up: the word of
// a reader whose provider has no patience is a word all the same.
func acting(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		handler(w, r.WithContext(context.WithoutCancel(r.Context())))
	}
}
