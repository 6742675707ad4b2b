package relay_test

import (
	"bufio"
	"cmp"
	"crypto/tls"
	"encoding/base64"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// What a script may answer instead of a reply.
const (
	fin   = "\x00fin"   // close, at the end of a reply too
	rst   = "\x00rst"   // reset
	stall = "\x00stall" // take everything and say nothing
	stuck = "\x00stuck" // take nothing more
)

// scripted is an SMTP server that answers what it is told to. It notes what it
// accepts before it answers.
type scripted struct {
	// answer gives the reply to a line in a phase (greeting, EHLO, STARTTLS,
	// AUTH, MAIL, RCPT, DATA, body, dot, RSET, QUIT); "" means the usual one.
	// In the phase body, which comes after the first line of a message, "" says
	// nothing.
	answer func(phase, line string) string
	// offers are the extensions; tls is for STARTTLS, implicit from the start.
	offers   []string
	tls      *tls.Config
	implicit bool
	// auth decides on an AUTH command; ask sends a challenge and gives the
	// answer, both without base64. nil lets everybody in.
	auth func(line string, ask func(challenge string) string) bool
	// eager asks for a message that has no recipient, and refuses it then.
	eager bool
	// bears is after how many errors on a connection it says 421 and closes, after
	// the last one or instead of it; 0 means that it bears any number. A message
	// that is taken makes up for the errors before it where forgives says so.
	bears             int
	instead, forgives bool
	// forgets ends the transaction when a recipient is refused.
	forgets bool
	// limit is how many connections are taken at once; 0 means any number.
	limit int
	// most is how many messages a session carries, 0 any number. From then on
	// farewell answers every MAIL; if it is early, it comes right after the reply to
	// the last message. ended counts such ends.
	most     int
	farewell string
	early    bool
	// oneByOne loses what is sent before the reply to a command is read.
	oneByOne bool
	// nagle holds a reply back until the one before it is acknowledged.
	nagle bool
	// deaf loses what is sent behind a dot before the reply to that is read.
	deaf bool
	// delay passes before a flight of replies, as on a long way.
	delay time.Duration
	// said is called after an answer that the script gave.
	said func(phase string)
	// closed is called when a connection is over.
	closed func()

	t        testing.TB
	listener net.Listener
	over     chan struct{}
	conns    sync.WaitGroup

	mu       sync.Mutex
	dials    int
	open     int
	turned   int // turned away
	ended    int
	latest   *peer
	cutOff   int // closed for too many errors
	lines    []string
	ciphered []string
	accepted []message
	dots     int
	read     []string // the recipients whose dot was read
}

// message is what came up to a final dot, the dots unstuffed.
type message struct{ from, to, data string }

// start listens until the test ends.
func (s *scripted) start(t testing.TB) *scripted {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.t, s.listener, s.over = t, l, make(chan struct{})
	s.conns.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.dials++
			s.open++
			full := s.limit > 0 && s.open > s.limit
			if full {
				s.turned++
			}
			s.mu.Unlock()
			s.conns.Go(func() { s.serve(conn, full) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		close(s.over)
		s.conns.Wait()
	})
	return s
}

func (s *scripted) port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// peer is one connection as the server sees it.
type peer struct {
	*scripted
	raw, conn net.Conn
	r         *bufio.Reader
	ciphered  bool
	msg       message
	// sender and recipient say that MAIL and RCPT were not refused.
	sender, recipient bool
	carried, errors   int
}

func (s *scripted) serve(raw net.Conn, full bool) {
	p := &peer{scripted: s, raw: raw, conn: raw}
	_ = raw.(*net.TCPConn).SetNoDelay(!s.nagle)
	done := make(chan struct{})
	s.conns.Go(func() {
		select {
		case <-s.over:
		case <-done:
		}
		_ = raw.Close()
	})
	defer func() {
		s.mu.Lock()
		s.open--
		s.mu.Unlock()
		if s.closed != nil {
			s.closed()
		}
		close(done)
	}()
	if s.implicit {
		p.conn, p.ciphered = tls.Server(raw, s.tls), true
	}
	p.r = bufio.NewReader(p.conn)
	if full {
		_, _ = io.WriteString(p.conn, "421 4.7.0 relay.example Error: too many connections\r\n")
		return
	}
	s.mu.Lock()
	s.latest = p
	s.mu.Unlock()
	if !p.say("greeting", "", "220 relay.example ready") {
		return
	}
	for {
		line, err := p.r.ReadString('\n')
		if err != nil {
			return
		}
		if s.oneByOne {
			_, _ = p.r.Discard(p.r.Buffered())
		}
		if line = strings.TrimRight(line, "\r\n"); !p.command(line) {
			return
		}
	}
}

// command notes a line and answers it; false means that the connection is over.
func (p *peer) command(line string) bool {
	p.mu.Lock()
	p.lines = append(p.lines, line)
	if p.ciphered {
		p.scripted.ciphered = append(p.scripted.ciphered, line)
	}
	p.mu.Unlock()
	verb, _, _ := strings.Cut(line, " ")
	switch verb {
	case "EHLO", "HELO":
		offers := p.offers
		if p.tls != nil && !p.ciphered {
			offers = append(slices.Clone(offers), "STARTTLS")
		}
		reply := append([]string{"250" + sep(offers) + "relay.example"}, lines(offers)...)
		return p.say("EHLO", line, strings.Join(reply, "\r\n"))
	case "STARTTLS":
		ok := p.say("STARTTLS", line, "220 2.0.0 go on")
		p.conn, p.ciphered = tls.Server(p.raw, p.tls), true
		p.r = bufio.NewReader(p.conn)
		return ok
	case "AUTH":
		if p.auth != nil && !p.auth(line, p.ask) {
			return p.say("AUTH", line, "535 5.7.8 wrong")
		}
		return p.say("AUTH", line, "235 2.7.0 welcome")
	case "MAIL":
		if p.most > 0 && p.carried >= p.most {
			p.end()
			return p.give("MAIL", p.farewell)
		}
		if p.sender {
			return p.write("503 5.5.1 nested MAIL")
		}
		p.msg, p.recipient = message{from: angle(line)}, false
	case "RCPT":
		if !p.sender {
			return p.write("503 5.5.1 MAIL first")
		}
		p.msg.to = angle(line)
	case "DATA":
		return p.data(line)
	case "RSET":
		p.sender, p.recipient = false, false
	case "QUIT":
		p.say("QUIT", line, "221 2.0.0 bye")
		return false
	}
	return p.say(verb, line, "250 2.1.0 Ok")
}

// ask sends a challenge of AUTH; a broken connection answers nothing.
func (p *peer) ask(challenge string) string {
	if !p.write("334 " + base64.StdEncoding.EncodeToString([]byte(challenge))) {
		return ""
	}
	line, _ := p.r.ReadString('\n')
	answer, _ := base64.StdEncoding.DecodeString(strings.TrimRight(line, "\r\n"))
	return string(answer)
}

// data takes a message.
func (p *peer) data(line string) bool {
	if !p.recipient && !p.eager {
		return p.write("554 5.5.1 no valid recipients")
	}
	if script := p.script("DATA", line); script != "" && !strings.HasPrefix(script, "354") {
		return p.give("DATA", script)
	} else if !p.give("DATA", cmp.Or(script, "354 go ahead")) {
		return false
	}
	var text strings.Builder
	for first := true; ; first = false {
		line, err := p.r.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		if first {
			if script := p.script("body", line); script != "" && !p.give("body", script) {
				return false
			}
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	if p.deaf {
		_, _ = p.r.Discard(p.r.Buffered())
	}
	taken := p.recipient
	p.sender, p.recipient = false, false
	if !taken {
		return p.write("554 5.5.1 no valid recipients")
	}
	p.msg.data = text.String()
	p.mu.Lock()
	p.dots++
	p.read = append(p.read, p.msg.to)
	p.mu.Unlock()
	if p.carried++; !p.say("dot", p.msg.to, "250 2.0.0 Ok: queued as 4F1A77C0DE") {
		return false
	}
	if p.carried == p.most && p.early {
		p.end()
		return p.give("dot", p.farewell)
	}
	return true
}

// newest gives the latest connection.
func (s *scripted) newest() *peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.latest
}

// hangUp ends it with these words.
func (s *scripted) hangUp(text string) {
	p := s.newest()
	_, _ = io.WriteString(p.conn, text)
	_ = p.raw.Close()
}

// end counts a session that the relay ends.
func (p *peer) end() { p.mu.Lock(); p.scripted.ended++; p.mu.Unlock() }

// script gives what the script has for this line.
func (p *peer) script(phase, line string) string {
	if p.answer == nil {
		return ""
	}
	return p.answer(phase, line)
}

// say answers, with what the script has or else the usual.
func (p *peer) say(phase, line, usual string) bool {
	script := p.script(phase, line)
	if script == "" {
		return p.give(phase, usual)
	}
	return p.give(phase, script)
}

// give does what text says; false means that the connection is over.
func (p *peer) give(phase, text string) bool {
	if p.said != nil {
		defer p.said(phase)
	}
	if said, ok := strings.CutSuffix(text, fin); ok && said != "" {
		return p.write(said) && p.give(phase, fin)
	}
	switch text {
	case fin:
		_ = p.raw.Close()
		return false
	case rst:
		_ = p.raw.(*net.TCPConn).SetLinger(0)
		_ = p.raw.Close()
		return false
	case stall:
		// The client goes away, or the test ends and closes the connection.
		_, _ = io.Copy(io.Discard, p.r)
		return false
	case stuck:
		<-p.over
		return false
	}
	if phase == "RCPT" && text[0] != '2' && p.forgets {
		p.sender = false
	}
	if text[0] == '2' {
		switch phase {
		case "MAIL":
			p.sender = true
		case "RCPT":
			p.recipient = true
		case "dot":
			p.mu.Lock()
			p.accepted = append(p.accepted, p.msg)
			p.mu.Unlock()
			if p.forgives {
				p.errors = 0
			}
		}
	}
	return p.write(text)
}

// write sends a reply, after the delay if it ends a flight. It closes with the
// error that is one too many.
func (p *peer) write(text string) bool {
	if text[0] == '4' || text[0] == '5' {
		p.errors++
	}
	if p.bears > 0 && p.errors >= p.bears {
		closing := "421 4.7.0 relay.example Error: too many errors\r\n"
		if !p.instead {
			closing = text + "\r\n" + closing
		}
		p.mu.Lock()
		p.cutOff++
		p.mu.Unlock()
		_, _ = io.WriteString(p.conn, closing)
		_ = p.raw.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, p.r)
		return false
	}
	if p.delay > 0 && p.r.Buffered() == 0 {
		<-time.After(p.delay)
	}
	_, err := io.WriteString(p.conn, text+"\r\n")
	return err == nil
}

// taken gives what was accepted so far, seen every line, commands and AUTH.
func (s *scripted) taken() []message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.accepted)
}

func (s *scripted) seen() []string { s.mu.Lock(); defer s.mu.Unlock(); return slices.Clone(s.lines) }

// encrypted gives the lines that came through TLS.
func (s *scripted) encrypted() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ciphered)
}

func (s *scripted) count() (dials, dots int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dials, s.dots
}

func sep(offers []string) string {
	if len(offers) == 0 {
		return " "
	}
	return "-"
}

// lines writes the extensions as the rest of a reply to EHLO.
func lines(offers []string) []string {
	var out []string
	for i, o := range offers {
		mark := "250-"
		if i == len(offers)-1 {
			mark = "250 "
		}
		out = append(out, mark+o)
	}
	return out
}

func angle(line string) string {
	_, rest, _ := strings.Cut(line, "<")
	path, _, _ := strings.Cut(rest, ">")
	return path
}

func plain(user, password string) string {
	return "AUTH PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00"+password))
}

// always answers one phase with one text.
func always(phase, text string) func(string, string) string {
	return func(p, _ string) string {
		if p == phase {
			return text
		}
		return ""
	}
}
