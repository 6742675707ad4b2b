package mailbox_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"vesper/digest/mailbox"
)

// TestTheMailboxAnswersLoopbackNamesOnly: a name that somebody else gave to 127.0.0.1
// is a foreign page's.
func TestTheMailboxAnswersLoopbackNamesOnly(t *testing.T) {
	page := (&mailbox.Mailbox{}).Page()
	for host, want := range map[string]int{
		"127.0.0.1:8025": 200, "localhost:8025": 200, "LOCALHOST": 200, "demo.localhost:80": 200, "[::1]:8025": 200,
		"127.0.0.2": 200, "localhost.:8025": 200, "[::ffff:127.0.0.1]:1": 200,
		"rebind.example:8025": 421, "127.0.0.1.rebind.example": 421, "localhost.example": 421, "notlocalhost": 421,
		"192.0.2.7:8025": 421, "": 421, "[fe80::1]:8025": 421, "0.0.0.0:8025": 421,
	} {
		for _, path := range []string{"/", "/m/1", "/nowhere"} {
			r, w := httptest.NewRequest(http.MethodGet, path, nil), httptest.NewRecorder()
			r.Host = host
			page.ServeHTTP(w, r)
			if refused := w.Code == http.StatusMisdirectedRequest; refused != (want == 421) {
				t.Errorf("%s of %q: status %d, want %d", path, host, w.Code, want)
			}
		}
	}
}
