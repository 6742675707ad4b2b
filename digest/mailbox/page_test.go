package mailbox_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"vesper/digest/mailbox"
)

const hostile = "Subject: </title><script>alert(1)</script>\r\n" +
	"X-Note: <img src=x onerror=alert(2)>\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n</pre><script>alert(3)</script>\r\n" +
	"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
	"<!DOCTYPE html><html><head lang=3D\"en\"><title>x</title></head><body><script>alert(4)</script>" +
	"<a href=3D\"https://paper.example/\">Deep Look</a></body></html>\r\n--b--\r\n"

func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func TestThePageShowsAMessageAndRunsNothing(t *testing.T) {
	m := &mailbox.Mailbox{Dir: t.TempDir()}
	page := m.Page()
	if got := get(t, page, "/").Body.String(); !strings.Contains(got, "No mail yet") {
		t.Errorf("an empty mailbox says\n%s", got)
	}
	if err := send(serve(t, m), "ada@reader.example", hostile); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]string{
		"/":           {"1 message", `href="/m/1"`, "ada@reader.example", "&lt;script&gt;alert(1)"},
		"/m/1":        {`sandbox="allow-popups allow-popups-to-escape-sandbox"`, "&lt;script&gt;alert(1)", "&lt;img src=x", "&lt;script&gt;alert(3)", "/m/1/source"},
		"/m/1/html":   {`<head lang="en"><base target="_blank"><title>`, "Deep Look"},
		"/m/1/text":   {"</pre><script>alert(3)</script>"},
		"/m/1/source": {hostile},
	} {
		w := get(t, page, path)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
		for _, s := range want {
			if !strings.Contains(w.Body.String(), s) {
				t.Errorf("%s has no %q:\n%s", path, s, w.Body)
			}
		}
		csp, kind := w.Header().Get("Content-Security-Policy"), w.Header().Get("Content-Type")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "script-src") || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", path, w.Header())
		}
		switch {
		case path == "/m/1/html":
			if !strings.HasPrefix(csp, "sandbox allow-popups ") || strings.Contains(csp, "allow-scripts") || strings.Contains(csp, "allow-same-origin") {
				t.Errorf("%s: CSP %s", path, csp)
			}
		case strings.HasPrefix(kind, "text/html"):
			if strings.Contains(w.Body.String(), "<script") || strings.Contains(w.Body.String(), "<img") {
				t.Errorf("%s has the message's markup:\n%s", path, w.Body)
			}
		case kind != "text/plain; charset=utf-8":
			t.Errorf("%s is %s", path, kind)
		}
	}
}

func TestOtherPathsAreLeftToOthers(t *testing.T) {
	page := (&mailbox.Mailbox{}).Page()
	for _, path := range []string{"/u/token", "/e/2026-11-22-evening", "/m", "/m/", "/m/1", "/m/x", "/m/1/html", "/m/1/other", "/favicon.ico"} {
		if got := get(t, page, path).Code; got != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, got)
		}
	}
}
