package fetch

import (
	"bufio"
	"net"
	"strings"
	"testing"
	"time"
)

// TestAKeyIsInNoErrorWhateverAServerAnswers: a feed's key stands in its query, and a server
// may send our own request back in every place where a library quotes it.
func TestAKeyIsInNoErrorWhateverAServerAnswers(t *testing.T) {
	for name, answer := range map[string]string{
		"as its answer":            "%\r\n\r\n",
		"as its status":            "HTTP/1.1 % %\r\n\r\n",
		"as the words of it":       "HTTP/1.1 500 %\r\n\r\n",
		"as a header":              "HTTP/1.1 200 OK\r\n%\r\n\r\n",
		"as an initial header":     "HTTP/1.1 200 OK\r\n %\r\n\r\n",
		"as a length":              "HTTP/1.1 200 OK\r\nContent-Length: %\r\n\r\n",
		"as an encoding":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: %\r\n\r\n",
		"as where it leads":        "HTTP/1.1 302 Found\r\nLocation: http://[%\r\n\r\n",
		"as another kind of place": "HTTP/1.1 302 Found\r\nLocation: ftp://there.example%\r\n\r\n",
		"as a chunk":               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%\r\n",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				c.SetDeadline(time.Now().Add(10 * time.Second))
				line, _ := bufio.NewReader(c).ReadString('\n')
				line = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "GET "), " HTTP/1.1")
				c.Write([]byte(strings.ReplaceAll(answer, "%", line)))
				c.Close()
			}
		}()
		_, err = New("Vesper/test", loopback).Get(t.Context(), Request{URL: "http://" + l.Addr().String() + "/feed?key=s3cret"})
		l.Close()
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
