package lmtp_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"vesper/subscribers"
	"vesper/subscribers/returns"
	"vesper/subscribers/returns/lmtp"
)

// one is a listener of a single connection.
type one struct {
	conns chan net.Conn
	done  chan struct{}
}

func (o *one) Accept() (net.Conn, error) {
	select {
	case c := <-o.conns:
		return c, nil
	case <-o.done:
		return nil, net.ErrClosed
	}
}

func (o *one) Close() error   { close(o.done); return nil }
func (o *one) Addr() net.Addr { return &net.TCPAddr{} }

// Whatever a client says, the door goes on, and hands on nothing but what came to a token
// of ours or to an office: no reader leaves by a token that is none.
func FuzzClient(f *testing.F) {
	to := "RCPT TO:<bounces+" + key.ReturnPath(12, 7) + "@bounce.news.example>\r\n"
	leave := "RCPT TO:<leave+" + key.Leave(12) + "@bounce.news.example>\r\n"
	for _, hello := range []string{"LHLO x\r\n", "EHLO x\r\n", "HELO x\r\nRSET\r\n"} {
		f.Add([]byte(hello + "MAIL FROM:<>\r\n" + to + "DATA\r\n" + bounce(1) + "\r\nQUIT\r\n"))
		f.Add([]byte(hello + "MAIL FROM:<a@b> SIZE=4 BODY=8BITMIME\r\n" + leave + to + "BDAT 4 LAST\r\nX: y\r\nQUIT\r\n"))
	}
	f.Add([]byte("MAIL FROM:<>\r\n" + strings.Repeat("x", 3000) + "\r\n"))
	f.Add([]byte("LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<postmaster@news.example>\r\nDATA\r\n..\r\n.\r\n"))
	f.Fuzz(func(t *testing.T, said []byte) {
		r, left := &records{}, &leavers{}
		log := slog.New(slog.DiscardHandler)
		desk := &returns.Desk{Store: r, Now: time.Now, Log: log, Post: returns.Post{Keys: r, Leaver: left}}
		s := &lmtp.Server{
			Desk: desk, Keys: r, Domains: []string{"bounce.news.example", "news.example"}, Log: log,
			Idle: 50 * time.Millisecond,
		}
		l := &one{make(chan net.Conn, 1), make(chan struct{})}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Serve(ctx, l) }()
		client, server := net.Pipe()
		l.conns <- server
		go func() { client.Write(said); client.(interface{ Close() error }).Close() }()
		io.Copy(io.Discard, client)
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		for _, one := range r.all() {
			if len(one.Raw) > subscribers.MaxRaw || one.Key == "" || one.Proof != "" && one.Subscriber == 0 {
				t.Errorf("handed on: %s", fmt.Sprintf("%+v", one)[:200])
			}
		}
		for _, id := range left.left {
			if !strings.Contains(strings.ToLower(string(said)), key.Leave(id)) {
				t.Errorf("reader %d left by no token", id)
			}
		}
	})
}
