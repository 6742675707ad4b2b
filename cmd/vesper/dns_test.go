package main

import (
	"net"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// zone is all that a DNS knows: resources by name, without the last dot.
type zone map[string][]dnsmessage.ResourceBody

// txtRecord gives a text in the strings of 255 octets that a record is made of
// (RFC 1035 3.3.14).
func txtRecord(text string) *dnsmessage.TXTResource {
	r := &dnsmessage.TXTResource{}
	for ; len(text) > 255; text = text[255:] {
		r.TXT = append(r.TXT, text[:255])
	}
	r.TXT = append(r.TXT, text)
	return r
}

// serve answers questions on loopback as long as the test lasts, and gives the
// port.
func (z zone) serve(t *testing.T) int {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		question := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(question)
			if err != nil {
				return
			}
			if answer, err := z.answer(question[:n]); err == nil {
				conn.WriteTo(answer, from)
			}
		}
	}()
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	return conn.LocalAddr().(*net.UDPAddr).Port
}

// answer answers a message with one question.
func (z zone) answer(message []byte) ([]byte, error) {
	var p dnsmessage.Parser
	asked, err := p.Start(message)
	if err != nil {
		return nil, err
	}
	q, err := p.Question()
	if err != nil {
		return nil, err
	}
	known, ok := z[strings.ToLower(strings.TrimSuffix(q.Name.String(), "."))]
	m := dnsmessage.Message{
		Header: dnsmessage.Header{
			ID: asked.ID, Response: true, Authoritative: true,
			RecursionDesired: asked.RecursionDesired, RecursionAvailable: true,
		},
		Questions: []dnsmessage.Question{q},
	}
	if !ok {
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, body := range known {
		r := dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 60}, Body: body}
		if kindOf(body) == q.Type {
			m.Answers = append(m.Answers, r)
		}
	}
	return m.Pack()
}

func kindOf(body dnsmessage.ResourceBody) dnsmessage.Type {
	switch body.(type) {
	case *dnsmessage.AResource:
		return dnsmessage.TypeA
	case *dnsmessage.AAAAResource:
		return dnsmessage.TypeAAAA
	case *dnsmessage.MXResource:
		return dnsmessage.TypeMX
	case *dnsmessage.PTRResource:
		return dnsmessage.TypePTR
	default:
		return dnsmessage.TypeTXT
	}
}
