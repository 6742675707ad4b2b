package relay

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"vesper/digest"
)

// tcpPair gives both ends of a connection over this machine.
func tcpPair(t *testing.T) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err == nil {
		server, err = l.Accept()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

func connOver(client net.Conn, body time.Duration) *conn {
	c := &conn{wire: &wire{Conn: client}, now: time.Now, limits: Timeouts{Body: body}}
	c.line = c.wire
	return c
}

func TestPiecesArriveAsOneMessage(t *testing.T) {
	long := bytes.Repeat([]byte("Good evening.\r\n"), 5*chunk/15)
	pieces := [][]byte{nil, []byte("To: a\r\n"), long, []byte("b\r\n"), long}
	e := envelopeOf(nil)
	e.Form, e.Pieces = digest.Form{Ready: true}, pieces
	w, err := wireForm(e, nil)
	want := bytes.Join(pieces, nil)
	if err != nil || w.size != len(want) {
		t.Fatalf("%d octets, %v", w.size, err)
	}
	for name, over := range map[string]func(*conn){
		"plain": func(*conn) {},
		// What TLS takes is one buffer.
		"TLS": func(c *conn) { c.line = struct{ net.Conn }{c.wire} },
	} {
		client, server := tcpPair(t)
		c := connOver(client, time.Minute)
		over(c)
		sent := make(chan error, 1)
		go func() {
			// Twice, since the room for the pieces is used again.
			err := errors.Join(c.body(w), c.body(w))
			sent <- errors.Join(err, client.Close())
		}()
		got, err := io.ReadAll(server)
		if err != nil || !bytes.Equal(got, append(bytes.Clone(want), want...)) {
			t.Errorf("%s: %d octets arrived, want %d twice; %v", name, len(got), len(want), err)
		}
		if err := <-sent; err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !bytes.Equal(bytes.Join(pieces, nil), want) {
		t.Error("the pieces have changed")
	}
}

func TestARelayMustTakeAChunkOfThePiecesInTheTimeForTheBody(t *testing.T) {
	client, _ := tcpPair(t)
	c := connOver(client, 20*time.Millisecond)
	long := make([]byte, 4<<20)
	var pieces [][]byte
	for range 8 {
		pieces = append(pieces, long)
	}
	// Nobody reads: what the system takes by itself ends.
	if err := c.body(wired{pieces: pieces}); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
