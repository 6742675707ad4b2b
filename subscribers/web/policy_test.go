package web

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vesper/templates"
)

func TestThePolicyNamesEachStyleOfAPage(t *testing.T) {
	const a = "'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='"
	const b = "'sha256-PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0='"
	var p policies
	for html, want := range map[string]string{
		"":                                        "'none'",
		"<p>no style</p>":                         "'none'",
		"<style>a":                                "'none'",
		"</style>a<style>":                        "'none'",
		"<style>a</style>":                        a,
		"x<style>a</style>y<style>b</style>z":     a + " " + b,
		"<style>a</style><style>c":                a,
		"</style><style>a</style>":                a,
		"<style>a</style>b</style>":               a,
		"<style>a</style>1</style><p></p>":        a,
		"<style media=all>c</style>":              "'none'",
		"<style>a</style><style x>c</style>":      a,
		"<style>a</style>\n<p>&lt;style></style>": a,
	} {
		want = "default-src 'none'; style-src " + want + "; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
		for try := range 2 {
			if got := p.of([]byte(html)); got != want {
				t.Errorf("%q, time %d: got %q, want %q", html, try+1, got, want)
			}
		}
	}
}

func TestFewPoliciesAreRemembered(t *testing.T) {
	var p policies
	for i := range 3 * mostPolicies {
		html := fmt.Appendf(nil, "<style>%d</style>", i)
		if got, want := p.of(html), policy(html); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if n := len(p.known); n != mostPolicies {
		t.Errorf("%d are remembered, want %d", n, mostPolicies)
	}
}

// BenchmarkWebView serves an edition's page of 50 kB. It gives the time as a multiple of
// what can't be done without: to hash the page for its tag, and to hand it over.
func BenchmarkWebView(b *testing.B) {
	page := []byte("<!doctype html><head><style>" + strings.Repeat("p{margin:0}", 700) + "</style></head>" +
		strings.Repeat("<p>One of the things that an edition says.</p>\n", 900))
	s := Pages{Templates: templates.BuiltIn()}.site()
	r := httptest.NewRequest("GET", "/e/2026-11-22-evening", nil)
	each := func(do func(w http.ResponseWriter)) time.Duration {
		const times = 300
		began := time.Now()
		for range times {
			do(&unread{})
		}
		return time.Since(began) / times
	}
	b.SetBytes(int64(len(page)))
	var served time.Duration
	for b.Loop() {
		began := time.Now()
		s.printed(&unread{}, r, page, nil)
		served += time.Since(began)
	}
	yardstick := each(func(w http.ResponseWriter) {
		w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(page)))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(page))
	})
	b.ReportMetric(float64(served)/float64(b.N)/float64(yardstick), "times-serving-bytes")
}

// unread is an answer that nobody reads.
type unread struct{ header http.Header }

func (u *unread) Header() http.Header {
	if u.header == nil {
		u.header = http.Header{}
	}
	return u.header
}
func (*unread) Write(b []byte) (int, error) { return len(b), nil }
func (*unread) WriteHeader(int)             {}
