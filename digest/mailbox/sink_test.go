package mailbox_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"vesper/digest/mailbox"
)

// sink starts s on a free port until the test ends and gives its address.
func sink(t *testing.T, s *mailbox.Sink) string {
	t.Helper()
	l, err := mailbox.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Serve gives %v, want nil", err)
		}
	})
	return l.Addr().String()
}

// greeted opens a connection that was greeted.
func greeted(t *testing.T, addr string) *textproto.Conn {
	t.Helper()
	c, err := textproto.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, _, err := c.ReadResponse(220); err != nil {
		t.Fatal(err)
	}
	return c
}

// answers sends text and reads a reply with each of these codes.
func answers(t *testing.T, c *textproto.Conn, text string, codes ...int) {
	t.Helper()
	if _, err := io.WriteString(c.W, text); err != nil {
		t.Fatal(err)
	}
	if err := c.W.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, code := range codes {
		if _, said, err := c.ReadResponse(code); err != nil {
			t.Fatalf("after %.40q: %v %s", text, err, said)
		}
	}
}

const transaction = "MAIL FROM:<a@news.invalid>\r\nRCPT TO:<b@news.invalid>\r\nDATA\r\n"

func TestTheSinkCountsWhatItTakes(t *testing.T) {
	for name, body := range map[string]string{
		"a message": "Subject: x\r\n\r\ntext\r\n", "nothing": "", "an empty line": "\r\n",
		"dots": "..\r\n.x.\r\n.\n\r\n", "a large one": strings.Repeat("0123456789abcde\r\n", 20_000),
	} {
		t.Run(name, func(t *testing.T) {
			s := &mailbox.Sink{}
			c := greeted(t, sink(t, s))
			// All commands, and the next ones behind the dot, come in one piece.
			answers(t, c, "EHLO x\r\n"+transaction+body+".\r\n"+transaction+body+".\r\nQUIT\r\n",
				250, 250, 250, 354, 250, 250, 250, 354, 250, 221)
			if got := s.Counts(); got.Messages != 2 || got.Octets != 2*int64(len(body)) || got.Connections != 1 {
				t.Errorf("got %+v, want 2 messages of %d octets over 1 connection", got, len(body))
			}
		})
	}
}

func TestTheSinkFindsADotThatComesInPieces(t *testing.T) {
	s := &mailbox.Sink{}
	c := greeted(t, sink(t, s))
	answers(t, c, transaction, 250, 250, 354)
	body := "one\r\n..\r\ntwo\r\n.\r\n"
	for _, octet := range body {
		answers(t, c, string(octet))
	}
	answers(t, c, "", 250)
	if got := s.Counts(); got.Messages != 1 || got.Octets != int64(len(body))-3 {
		t.Errorf("got %+v, want 1 message of %d octets", got, len(body)-3)
	}
}

func TestTheSinkCountsNoMessageThatDoesNotEnd(t *testing.T) {
	s := &mailbox.Sink{}
	c := greeted(t, sink(t, s))
	answers(t, c, "DATA\r\nMAIL FROM:<>\r\nDATA\r\n"+transaction+"text\r\n", 503, 250, 503, 250, 250, 354)
	c.Close()
	if got := s.Counts(); got.Messages != 0 {
		t.Errorf("got %+v, want no message", got)
	}
}

func TestTheSinkSaysWhatItIsAndWhatItCounted(t *testing.T) {
	s := &mailbox.Sink{}
	addr := sink(t, s)
	if err := send(addr, "b@news.invalid", "x\r\n"); err != nil {
		t.Fatal(err)
	}
	c := greeted(t, addr)
	answers(t, c, "EHLO x\r\n")
	if _, said, err := c.ReadResponse(250); err != nil || !strings.Contains(said, mailbox.SinkMark) {
		t.Errorf("EHLO gives %q, %v, want %s in it", said, err, mailbox.SinkMark)
	}
	n := s.Counts()
	answers(t, c, mailbox.SinkMark+"\r\n")
	want := fmt.Sprintf("1 3 2 %d %d", n.Stalls, n.Longest)
	if _, said, err := c.ReadResponse(250); err != nil || said != want {
		t.Errorf("got %q, %v, want %q", said, err, want)
	}
}

func TestTheSinkSpeaksTLS(t *testing.T) {
	// It has a certificate for 127.0.0.1.
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	s := &mailbox.Sink{TLS: &tls.Config{Certificates: web.TLS.Certificates}, RTT: 2 * time.Millisecond}
	addr := sink(t, s)
	c, err := smtp.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	roots := web.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	if err := c.StartTLS(&tls.Config{ServerName: "127.0.0.1", RootCAs: roots}); err != nil {
		t.Fatal(err)
	}
	if again, _ := c.Extension("STARTTLS"); again {
		t.Error("STARTTLS is offered within TLS")
	}
	if err := c.Mail("a@news.invalid"); err != nil {
		t.Fatal(err)
	}
	if err := c.Rcpt("b@news.invalid"); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "x\r\n")
	if err := w.Close(); err != nil || s.Counts().Messages != 1 {
		t.Errorf("got %v, %+v, want 1 message", err, s.Counts())
	}
}

// away measures how long something takes.
func away(do func()) time.Duration {
	began := time.Now()
	do()
	return time.Since(began)
}

func TestTheWayToTheSinkTakesItsTimeInEachDirection(t *testing.T) {
	const rtt = 100 * time.Millisecond
	addr := sink(t, &mailbox.Sink{RTT: rtt})
	var c *textproto.Conn
	if took := away(func() { c = greeted(t, addr) }); took < 2*rtt {
		t.Errorf("the greeting came after %s, want 2 round trips", took)
	}
	took := away(func() {
		for range 5 {
			answers(t, c, "NOOP\r\n", 250)
		}
	})
	if took < 5*rtt {
		t.Errorf("5 commands one after another took %s, want 5 round trips", took)
	}
	together := away(func() { answers(t, c, strings.Repeat("NOOP\r\n", 50), slicesOf(250, 50)...) })
	if together < rtt || together > took {
		t.Errorf("50 commands together took %s, want about a round trip", together)
	}
}

func TestOneConnectionsDelayHoldsUpNoOther(t *testing.T) {
	const connections, rtt = 16, 100 * time.Millisecond
	s := &mailbox.Sink{RTT: rtt, Accept: 2 * rtt}
	addr := sink(t, s)
	var all []*textproto.Conn
	for range connections {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		all = append(all, textproto.NewConn(c))
	}
	var each sync.WaitGroup
	took := away(func() {
		for _, c := range all {
			each.Go(func() {
				if _, _, err := c.ReadResponse(220); err != nil {
					t.Error(err)
				}
				fmt.Fprintf(c.W, "%sx\r\n.\r\n", transaction)
				c.W.Flush()
				for _, code := range []int{250, 250, 354, 250} {
					if _, _, err := c.ReadResponse(code); err != nil {
						t.Error(err)
					}
				}
			})
		}
		each.Wait()
	})
	// Each needs two round trips for the greeting at most, one for the message, and Accept.
	if alone := 5 * rtt; took < alone-rtt || took > connections*alone/2 {
		t.Errorf("%d connections took %s, want little more than the %s of one", connections, took, alone)
	}
	if got := s.Counts().Messages; got != connections {
		t.Errorf("%d messages taken, want %d", got, connections)
	}
}

func slicesOf(code, n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = code
	}
	return all
}

func TestTheSinkTakesMailFromThisMachineOnly(t *testing.T) {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := (&mailbox.Sink{}).Serve(t.Context(), l); err == nil {
		t.Error("a listener on all interfaces is served")
	}
}
