package mailbox_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"vesper/digest/mailbox"
)

// hostile has, in each of its parts, something that must be shown and do nothing.
const hostile = "From: \"</span><script>alert(0)</script>\" <x@evil.example>\r\n" +
	"Subject: </title><script>alert(1)</script>\r\n" +
	"X-Note: <img src=x onerror=alert(2)>\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n</pre></main><script>alert(3)</script>\r\n" +
	"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
	"<!DOCTYPE html><html><head lang=3D\"en\"><title>x</title></head><body><script>alert(4)</script></iframe>" +
	"<a href=3D\"https://paper.example/\">Deep Look</a></body></html>\r\n--b--\r\n"

// elements counts the elements of a page by name, with their attributes' names.
func elements(page string) map[string]int {
	count := map[string]int{}
	for z := html.NewTokenizer(strings.NewReader(page)); z.Next() != html.ErrorToken; {
		if token := z.Token(); token.Type == html.StartTagToken {
			name := token.Data
			for _, a := range token.Attr {
				name += " " + a.Key
			}
			count[name]++
		}
	}
	return count
}

func TestNothingInAMessageBecomesMarkupOfThePage(t *testing.T) {
	page := filled(t, &mailbox.Mailbox{}, edition, hostile).Page()
	for _, query := range views {
		want := elements(get(t, page, "/m/1"+query).Body.String())
		got := elements(get(t, page, "/m/2"+query).Body.String())
		// They differ in their neighbours and in the number of header lines.
		for _, of := range []map[string]int{want, got} {
			maps.DeleteFunc(of, func(name string, _ int) bool {
				return slices.Contains([]string{"div", "dt", "dd dir", "span", "a href rel"}, name)
			})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
	}
}

func TestEveryAnswerIsLockedDown(t *testing.T) {
	page := filled(t, &mailbox.Mailbox{}, hostile).Page()
	paths := []string{
		"/", "/m/9", "/x", "/m/1/html", "/m/1/html?theme=dark&images=off&styles=off", "/m/1/text", "/m/1/source",
		"/m/1/eml",
	}
	for _, query := range views {
		paths = append(paths, "/m/1"+query)
	}
	for _, path := range paths {
		w := get(t, page, path)
		csp := w.Header().Get("Content-Security-Policy")
		framed := strings.HasPrefix(path, "/m/1/html")
		for _, want := range []string{"default-src 'none'; ", "base-uri 'none'; ", "form-action 'none'; "} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: no %q in %s", path, want, csp)
			}
		}
		for _, bad := range []string{
			"script-src", "http", "*", "allow-scripts", "allow-same-origin", "allow-top", "allow-forms",
		} {
			if strings.Contains(csp, bad) {
				t.Errorf("%s: %q in %s", path, bad, csp)
			}
		}
		if strings.HasPrefix(csp, "sandbox allow-popups allow-popups-to-escape-sandbox; ") != framed ||
			strings.Contains(csp, "'unsafe-inline'") != framed {
			t.Errorf("%s: CSP %s", path, csp)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
			"X-DNS-Prefetch-Control": "off",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s: got %q, want %q", path, name, got, want)
			}
		}
		if kind := w.Header().Get("Content-Type"); strings.HasPrefix(kind, "text/html") && !framed &&
			strings.Contains(w.Body.String(), "<script") {
			t.Errorf("%s has the message's script:\n%s", path, w.Body)
		}
	}
	for path, want := range map[string]string{
		"/m/1/text": "</pre></main><script>alert(3)</script>", "/m/1/source": hostile,
	} {
		if w := get(t, page, path); !strings.Contains(w.Body.String(), want) ||
			w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: %v\n%s", path, w.Header(), w.Body)
		}
	}
	const head = `<head lang="en"><base target="_blank"><title>`
	if got := shown(get(t, page, "/m/1/html")); !strings.Contains(got, head) {
		t.Errorf("links open in the frame:\n%s", got)
	}
}

func TestOtherPathsAreLeftToOthers(t *testing.T) {
	page := (&mailbox.Mailbox{}).Page()
	for _, path := range []string{
		"/u/token", "/e/2026-11-22-evening", "/m", "/m/", "/m/1", "/m/x", "/m/1/html", "/m/1/other", "/favicon.ico",
	} {
		if got := get(t, page, path).Code; got != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, got)
		}
	}
}

func TestThePageIsOnlyRead(t *testing.T) {
	page := filled(t, &mailbox.Mailbox{}, edition).Page()
	for method, want := range map[string]int{"HEAD": 200, "POST": 405, "PUT": 405, "DELETE": 405} {
		for _, path := range []string{"/", "/m/1", "/m/1/html", "/m/1/eml"} {
			w := httptest.NewRecorder()
			page.ServeHTTP(w, httptest.NewRequest(method, "http://localhost"+path, nil))
			if w.Code != want {
				t.Errorf("%s %s: %d, want %d", method, path, w.Code, want)
			}
		}
	}
}
