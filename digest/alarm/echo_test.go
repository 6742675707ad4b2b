package alarm

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// answers is a server that answers each request line by what f makes of it, and closes.
func answers(t *testing.T, f func(request string) string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.SetDeadline(time.Now().Add(10 * time.Second))
			line, _ := bufio.NewReader(c).ReadString('\n')
			c.Write([]byte(f(strings.TrimSpace(line))))
			c.Close()
		}
	}()
	return "http://" + l.Addr().String() + "/s3cret?token=s3cret"
}

// TestAnAddressIsInNoErrorWhateverAServerAnswers: it may send our own request back, in
// every place where a library quotes what it could not read.
func TestAnAddressIsInNoErrorWhateverAServerAnswers(t *testing.T) {
	for name, answer := range map[string]string{
		"as its answer":          "%\r\n\r\n",
		"as its status":          "HTTP/1.1 % %\r\n\r\n",
		"as the words of it":     "HTTP/1.1 500 %\r\n\r\n",
		"as its version":         "HTTP/% 200 OK\r\n\r\n",
		"as a header":            "HTTP/1.1 200 OK\r\n%\r\n\r\n",
		"as a length":            "HTTP/1.1 200 OK\r\nContent-Length: %\r\n\r\n",
		"as an encoding":         "HTTP/1.1 200 OK\r\nTransfer-Encoding: %\r\n\r\n",
		"as where it leads":      "HTTP/1.1 302 Found\r\nLocation: http://[%\r\n\r\n",
		"as where it leads, too": "HTTP/1.1 308 Permanent Redirect\r\nLocation: %%\r\n\r\n",
		"nowhere: it closes":     "",
		"nowhere: it breaks off": "HTTP/1.1 200",
	} {
		url := answers(t, func(line string) string { return strings.ReplaceAll(answer, "%", line) })
		for _, at := range []string{url, strings.Replace(url, "http:", "https:", 1)} {
			for way, err := range map[string]error{
				"webhook":   (Webhook{URL: at}).Tell(t.Context(), pausedMessage),
				"heartbeat": (&Heartbeat{URL: at}).Fetch(t.Context()),
			} {
				if err == nil || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "127.0.0.1") {
					t.Errorf("%s, %s: %v", way, name, err)
				}
			}
		}
	}
	// A host that is not there is not named.
	nowhere := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "s3cret.example", IsNotFound: true}
	}}}
	err := (Webhook{URL: "https://s3cret.example/s3cret", Client: nowhere}).Tell(t.Context(), pausedMessage)
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
}
