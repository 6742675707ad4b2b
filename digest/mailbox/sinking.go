package mailbox

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// sinking is one connection to a [Sink].
type sinking struct {
	sink *Sink
	conn net.Conn
	// in holds what was read and not yet looked at, in its part [from:to].
	in       []byte
	from, to int
	// out are replies that go out once the sink has to wait for more.
	out []byte
	// secure says that TLS is spoken. mail and rcpt say how far a transaction is; busy
	// says that there was one.
	secure, mail, rcpt, busy bool
	// idle is how long was waited since the last transaction. It counts when another
	// one begins.
	idle time.Duration
}

var (
	errLongLine = errors.New("a command is too long")
	errQuit     = errors.New("QUIT")
)

func (d *sinking) run() error {
	d.reply("220 sink.localhost ESMTP " + SinkMark)
	for {
		line, err := d.line()
		if err == nil {
			err = d.command(line)
		}
		switch {
		case errors.Is(err, errQuit):
			return d.flush()
		case errors.Is(err, io.EOF) && !d.mail:
			return nil
		case err != nil:
			return errors.Join(err, d.flush())
		}
	}
}

// command answers one command.
func (d *sinking) command(line []byte) error {
	verb, rest, _ := bytes.Cut(line, []byte(" "))
	switch string(bytes.ToUpper(verb)) {
	case "EHLO":
		d.hello()
	case "HELO":
		d.reply("250 sink.localhost")
	case "MAIL":
		if d.busy {
			d.waited(d.idle)
		}
		d.mail, d.rcpt, d.busy, d.idle = true, false, true, 0
		d.reply("250 ok")
	case "RCPT":
		if !d.mail {
			d.reply("503 MAIL comes first")
			return nil
		}
		d.rcpt = true
		d.reply("250 ok")
	case "DATA":
		if !d.rcpt {
			d.reply("503 RCPT comes first")
			return nil
		}
		d.reply("354 go on")
		return d.data()
	case "RSET":
		d.mail, d.rcpt = false, false
		d.reply("250 ok")
	case "NOOP":
		d.reply("250 ok")
	case SinkMark:
		n, longest := d.sink.Counts(), d.sink.longest.Swap(0)
		d.reply(fmt.Sprintf("250 %d %d %d %d %d", n.Messages, n.Octets, n.Connections, n.Stalls, longest))
	case "STARTTLS":
		return d.startTLS(rest)
	case "QUIT":
		d.reply("221 bye")
		return errQuit
	default:
		d.reply("502 not known here")
	}
	return nil
}

func (d *sinking) hello() {
	d.mail, d.rcpt = false, false
	d.reply("250-sink.localhost")
	d.reply("250-PIPELINING")
	d.reply("250-8BITMIME")
	if d.sink.TLS != nil && !d.secure {
		d.reply("250-STARTTLS")
	}
	d.reply("250 " + SinkMark + " " + d.sink.Accept.String())
}

func (d *sinking) startTLS(rest []byte) error {
	if d.sink.TLS == nil || d.secure || len(rest) > 0 {
		d.reply("502 not now")
		return nil
	}
	d.reply("220 go on")
	if err := d.flush(); err != nil {
		return err
	}
	// What came before the handshake was not protected, and is forgotten (RFC 3207, 6).
	d.from, d.to = 0, 0
	d.conn, d.secure = tls.Server(d.conn, d.sink.TLS), true
	return nil
}

// data reads a message up to its dot, and takes it.
func (d *sinking) data() error {
	octets, began := 0, true
	for {
		in := d.in[d.from:d.to]
		// A message may be empty: then the dot comes first of all.
		if began && len(in) >= 3 {
			if began = false; bytes.HasPrefix(in, []byte(".\r\n")) {
				d.from += 3
				break
			}
		}
		if at := bytes.Index(in, []byte("\r\n.\r\n")); at >= 0 {
			octets += at + 2
			d.from += at + 5
			break
		}
		// What may be the first part of the end stays.
		if seen := len(in) - 4; seen > 0 && !began {
			octets += seen
			d.from += seen
		}
		if err := d.more(); err != nil {
			return err
		}
	}
	d.mail, d.rcpt = false, false
	if d.sink.Accept > 0 {
		pauseUntil(time.Now().Add(d.sink.Accept))
	}
	d.sink.messages.Add(1)
	d.sink.octets.Add(int64(octets))
	d.reply("250 taken")
	return nil
}

// line gives the next command without its line end.
func (d *sinking) line() ([]byte, error) {
	for {
		in := d.in[d.from:d.to]
		if at := bytes.IndexByte(in, '\n'); at >= 0 {
			d.from += at + 1
			return bytes.TrimSuffix(in[:at], []byte("\r")), nil
		}
		if len(in) > 4<<10 {
			return nil, errLongLine
		}
		if err := d.more(); err != nil {
			return nil, err
		}
	}
}

// more sends the replies that wait, and reads what has come.
func (d *sinking) more() error {
	if err := d.flush(); err != nil {
		return err
	}
	if d.from > 0 {
		d.from, d.to = 0, copy(d.in, d.in[d.from:d.to])
	}
	began := time.Now()
	n, err := d.conn.Read(d.in[d.to:])
	if d.to += n; n == 0 {
		return err
	}
	if wait := time.Since(began); d.mail {
		d.waited(wait)
	} else {
		d.idle = max(d.idle, wait)
	}
	return nil
}

// waited counts how long the sender let us wait.
func (d *sinking) waited(wait time.Duration) {
	wait -= d.sink.RTT
	if wait > Stall {
		d.sink.stalls.Add(1)
	}
	for {
		longest := d.sink.longest.Load()
		if int64(wait) <= longest || d.sink.longest.CompareAndSwap(longest, int64(wait)) {
			return
		}
	}
}

func (d *sinking) reply(line string) { d.out = append(append(d.out, line...), "\r\n"...) }

func (d *sinking) flush() error {
	if len(d.out) == 0 {
		return nil
	}
	_, err := d.conn.Write(d.out)
	d.out = d.out[:0]
	return err
}
