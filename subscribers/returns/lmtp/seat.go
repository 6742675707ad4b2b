package lmtp

import (
	"bufio"
	"bytes"
	"net"
	"sync"
)

// seat is a connection that was greeted. Its server reads the first line once more, and the
// server's own greeting is swallowed.
type seat struct {
	net.Conn
	greeter *greeter
	first   *bufio.Reader
	again   []byte
	silent  bool
	once    sync.Once
}

func (g *greeter) seated(c net.Conn) *seat {
	s := &seat{Conn: c, greeter: g}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.conns == nil {
		g.conns = map[*seat]bool{}
	}
	g.conns[s] = false
	return s
}

// Read gives the first line, and then what follows.
func (s *seat) Read(b []byte) (int, error) {
	if len(s.again) > 0 {
		n := copy(b, s.again)
		s.again = s.again[n:]
		return n, nil
	}
	if s.first != nil && s.first.Buffered() > 0 {
		return s.first.Read(b)
	}
	s.first = nil
	return s.Conn.Read(b)
}

// Write leaves out the first line.
func (s *seat) Write(b []byte) (int, error) {
	if !s.silent {
		return s.Conn.Write(b)
	}
	end := bytes.IndexByte(b, '\n')
	if end < 0 {
		return len(b), nil
	}
	s.silent = false
	if rest := b[end+1:]; len(rest) > 0 {
		n, err := s.Conn.Write(rest)
		return end + 1 + n, err
	}
	return len(b), nil
}

// Close gives the seat free.
func (s *seat) Close() error {
	err := s.Conn.Close()
	s.once.Do(func() {
		s.greeter.mu.Lock()
		delete(s.greeter.conns, s)
		s.greeter.mu.Unlock()
		<-s.greeter.seats
	})
	return err
}

// works says that a message is on its way.
func (s *seat) works() {
	s.greeter.mu.Lock()
	defer s.greeter.mu.Unlock()
	if _, open := s.greeter.conns[s]; open {
		s.greeter.conns[s] = true
	}
}

// rests says that none is. Once the service stops, the connection ends.
func (s *seat) rests() {
	s.greeter.mu.Lock()
	if _, open := s.greeter.conns[s]; open {
		s.greeter.conns[s] = false
	}
	s.greeter.mu.Unlock()
	if s.greeter.stopped() {
		s.Conn.Close()
	}
}
