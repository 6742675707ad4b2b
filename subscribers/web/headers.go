package web

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// harden sets the security headers of every answer. Our pages need their own styles
// and their own form, and nothing else.
func (s *site) harden(next http.Handler) http.Handler {
	// The promise binds the whole host, which is not ours below a path.
	at, err := url.Parse(s.Publication.BaseURL)
	secure := err == nil && at.Scheme == "https" && strings.Trim(at.Path, "/") == ""
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", bare)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "browsing-topics=(), camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		most := int64(maxBody)
		if strings.HasPrefix(path.Clean("/"+r.URL.Path), desks) {
			most = maxWish
		}
		if s.Hooks == nil || !strings.HasPrefix(path.Clean("/"+r.URL.Path), hooks) {
			r.Body = http.MaxBytesReader(w, &hurried{
				ReadCloser: r.Body, answer: http.NewResponseController(w), within: s.forBody,
			}, most)
		}
		next.ServeHTTP(w, r)
	})
}
