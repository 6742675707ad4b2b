package lmtp

import (
	"bufio"
	"bytes"
	"net"
	"strings"
	"sync"
	"time"
)

// greeter accepts connections, greets them, and hands each to the server of the protocol
// that its first word is of: LHLO is LMTP's (RFC 2033), all else SMTP's.
type greeter struct {
	net.Listener
	server     *Server
	idle       time.Duration
	smtp, lmtp chan net.Conn
	// seats has room for as many connections as there may be.
	seats chan struct{}
	turn  *turn
	done  chan struct{}
	once  sync.Once

	mu sync.Mutex
	// conns are the connections, and whether a message is on its way on each.
	conns map[*seat]bool
	ended bool
	// open are the greetings and recordings under way.
	open sync.WaitGroup
}

// run accepts until the listener is closed.
func (g *greeter) run() error {
	for pause := time.Duration(0); ; {
		c, err := g.Listener.Accept()
		switch {
		case err == nil:
			pause = 0
		case g.stopped():
			return nil
		default:
			// Out of files, most likely, which passes.
			if pause = min(2*pause+5*time.Millisecond, time.Second); pause == time.Second {
				g.server.Log.Error("the door for what comes back", "err", err)
			}
			select {
			case <-time.After(pause):
			case <-g.done:
				return nil
			}
			continue
		}
		select {
		case g.seats <- struct{}{}:
			g.open.Go(func() { g.greet(g.seated(c)) })
		default:
			g.open.Go(func() { turnAway(c) })
		}
	}
}

func (g *greeter) stopped() bool {
	select {
	case <-g.done:
		return true
	default:
		return false
	}
}

// stop closes the listener, and the connections on which no message is on its way.
func (g *greeter) stop() {
	g.once.Do(func() {
		g.mu.Lock()
		close(g.done)
		idle := g.seatsWhere(func(busy bool) bool { return !busy })
		g.mu.Unlock()
		g.Listener.Close()
		for _, s := range idle {
			s.Close()
		}
	})
}

// cut ends all connections.
func (g *greeter) cut() {
	g.mu.Lock()
	all := g.seatsWhere(func(bool) bool { return true })
	g.mu.Unlock()
	for _, s := range all {
		s.Close()
	}
}

func (g *greeter) seatsWhere(fits func(busy bool) bool) []*seat {
	var all []*seat
	for s, busy := range g.conns {
		if fits(busy) {
			all = append(all, s)
		}
	}
	return all
}

// begin says that a message is being recorded, which wait waits for. Once connections were
// cut nothing begins.
func (g *greeter) begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended {
		return false
	}
	g.open.Add(1)
	return true
}

func (g *greeter) wait() {
	g.mu.Lock()
	g.ended = true
	g.mu.Unlock()
	g.open.Wait()
}

// turnAway tells a client that there are too many.
func turnAway(c net.Conn) {
	c.SetWriteDeadline(time.Now().Add(time.Second))
	c.Write([]byte("421 4.3.2 too many connections; try again later\r\n"))
	c.Close()
}

// greet says who we are, and looks at the client's first line.
func (g *greeter) greet(c *seat) {
	c.SetDeadline(time.Now().Add(g.idle))
	if _, err := c.Conn.Write([]byte("220 " + g.server.Domains[0] + " ESMTP LMTP Vesper\r\n")); err != nil {
		c.Close()
		return
	}
	c.first = bufio.NewReaderSize(c.Conn, 512)
	// A line that is longer is for the server to refuse.
	line, err := c.first.ReadSlice('\n')
	if err != nil && len(line) == 0 {
		c.Close()
		return
	}
	c.again, c.silent = bytes.Clone(line), true
	to := g.smtp
	if len(line) >= 4 && strings.EqualFold(string(line[:4]), "LHLO") {
		to = g.lmtp
	}
	select {
	case to <- c:
	case <-g.done:
		c.Close()
	}
}

// handed is a listener of the connections of one protocol.
type handed struct {
	*greeter
	conns chan net.Conn
}

// Accept gives the next connection.
func (h handed) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.done:
		return nil, net.ErrClosed
	}
}

// Close is the greeter's.
func (h handed) Close() error { return nil }
