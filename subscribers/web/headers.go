package web

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
)

// harden sets what every answer carries: a page of ours needs nothing but its own
// styles and its own form, and tells nobody where it was.
func (s *site) harden(next http.Handler) http.Handler {
	secure := strings.HasPrefix(s.Publication.BaseURL, "https:")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy(nil))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "browsing-topics=(), camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

var styleElement = regexp.MustCompile(`(?s)<style>(.*?)</style>`)

// policy is the Content-Security-Policy of a page: the style elements that stand
// in it are named by their hashes, and no other style is taken.
func policy(html []byte) string {
	styles := "'none'"
	if found := styleElement.FindAllSubmatch(html, -1); len(found) > 0 {
		var hashes []string
		for _, style := range found {
			sum := sha256.Sum256(style[1])
			hashes = append(hashes, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
		}
		styles = strings.Join(hashes, " ")
	}
	return "default-src 'none'; style-src " + styles + "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}
