package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"testing"
)

// manners are how an SMTP server behaves.
type manners struct {
	tls                    *tls.Config
	starttls, deaf, closed bool
	auth, size             string
	greeting, login        string
	sender, recipient      string
}

// serve listens on loopback as long as the test lasts, and gives the port.
func (m *manners) serve(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if m.closed {
		l.Close()
		return port
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go m.speak(c)
		}
	}()
	return port
}

// speak serves one connection, and takes no message.
func (m *manners) speak(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	if !m.deaf {
		fmt.Fprintf(c, "%s\r\n", m.greeting)
	}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb := strings.ToUpper(strings.Fields(line + " ?")[0])
		if m.deaf {
			continue
		}
		switch verb {
		case "EHLO":
			offers := []string{"smtp.news.example", "8BITMIME", m.size}
			if _, secure := c.(*tls.Conn); !secure && m.starttls {
				offers = append(offers, "STARTTLS")
			} else if m.auth != "" {
				offers = append(offers, m.auth)
			}
			for i, o := range offers {
				mark := "-"
				if i == len(offers)-1 {
					mark = " "
				}
				fmt.Fprintf(c, "250%s%s\r\n", mark, o)
			}
		case "STARTTLS":
			fmt.Fprint(c, "220 go on\r\n")
			c = tls.Server(c, m.tls)
			in = bufio.NewReader(c)
		case "AUTH":
			fmt.Fprintf(c, "%s\r\n", m.login)
		case "MAIL":
			if m.sender != "" {
				fmt.Fprintf(c, "%s\r\n", m.sender)
			}
		case "RCPT":
			fmt.Fprintf(c, "%s\r\n", m.recipient)
		case "DATA":
			fmt.Fprint(c, "354 go on\r\n")
			for line != ".\r\n" {
				if line, err = in.ReadString('\n'); err != nil {
					return
				}
			}
			fmt.Fprint(c, "250 queued as 1\r\n")
		case "QUIT":
			fmt.Fprint(c, "221 bye\r\n")
			return
		default:
			fmt.Fprint(c, "250 yes\r\n")
		}
	}
}

// toLoopback dials a port of loopback, whatever was asked for.
func toLoopback(port int) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, fmt.Sprintf("127.0.0.1:%d", port))
	}
}
