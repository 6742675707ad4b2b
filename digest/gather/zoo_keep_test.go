package gather_test

import (
	"bytes"
	"compress/gzip"
	"encoding/pem"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"golang.org/x/net/dns/dnsmessage"
)

// quiet takes what servers say of clients that leave.
var quiet = log.New(io.Discard, "", 0)

// privateAddress is one that no animal's feed may reach, and privatePort its port.
// The port is below those that the system gives out by itself.
const privateAddress, privatePort = "127.2.0.1", "28573"

// listenAt listens at an address of loopback.
func listenAt(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// hung is the address of a server that takes connections and says nothing.
var hung string

func writePEM(t *testing.T, path string, certificate []byte) {
	t.Helper()
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func values(m map[string]string) []string { return slices.Collect(maps.Values(m)) }

// dangerous says whether a terminal obeys a character, or it changes how others are read.
func dangerous(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}

// sends answers with a text of a media type.
func sends(mediaType, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		io.WriteString(w, text)
	}
}

// xml answers with a text that is made when it is asked for.
func xml(text func() string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		io.WriteString(w, text())
	}
}

// raw answers with these bytes instead of HTTP's, and closes.
func raw(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		io.WriteString(c, text)
	}
}

// packed answers with a body in a content coding.
func packed(coding string, body func() []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if coding != "" {
			w.Header().Set("Content-Encoding", coding)
		}
		w.Header().Set("Content-Type", "application/rss+xml")
		w.Write(body())
	}
}

// gzipped gives a gzip of so many MiB of zeros after a text.
func gzipped(text string, mib int) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, text)
	for range mib {
		z.Write(make([]byte, 1<<20))
	}
	z.Close()
	return b.Bytes()
}

// names is a DNS server: each question gets the next of a name's answers, the last one
// for ever.
type names struct {
	mu     sync.Mutex
	own    map[string]string
	asked  map[string]int
	called map[string][]string
}

// zone has the names of the zoo. An answer of "own" is the animal's address.
var zone = &names{own: map[string]string{}, asked: map[string]int{}, called: map[string][]string{
	"rebinds.zoo.example": {"own", privateAddress},
	"two.zoo.example":     {"own", privateAddress + " 169.254.169.254"},
	"gone.zoo.example":    {"own", ""},
	"wrong.zoo.example":   {"127.0.0.1"},
}}

func (n *names) add(name, address string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.own[name] = address
}

// next gives the addresses that answer a question.
func (n *names) next(name string) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := n.called[name]
	if len(all) == 0 {
		return nil
	}
	i := min(n.asked[name], len(all)-1)
	n.asked[name]++
	return strings.Fields(strings.ReplaceAll(all[i], "own", n.own[name]))
}

// serve answers questions on loopback until the test ends.
func (n *names) serve(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			size, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:size]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response, m.Authoritative, m.Additionals = true, true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				for _, address := range n.next(strings.TrimSuffix(q.Name.String(), ".")) {
					m.Answers = append(m.Answers, dnsmessage.Resource{
						Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, Type: q.Type},
						Body:   &dnsmessage.AResource{A: [4]byte(net.ParseIP(address).To4())},
					})
				}
				if len(m.Answers) == 0 {
					m.RCode = dnsmessage.RCodeNameError
				}
			}
			if text, err := m.Pack(); err == nil {
				c.WriteTo(text, from)
			}
		}
	}()
	return c.LocalAddr().String()
}
