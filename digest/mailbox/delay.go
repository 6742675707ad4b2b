package mailbox

import (
	"io"
	"net"
	"sync"
	"time"
)

// delay is a connection on a long way: what is written arrives at the other end so much
// later, and what comes from there is read so much later. Any number of pieces is under
// way at once.
type delay struct {
	net.Conn
	way     time.Duration
	in, out chan piece
	// read is the piece that is read now.
	read piece
	// failed is why reading ended; it is valid once in is closed.
	failed error
	once   sync.Once
	gone   chan struct{}
	sent   chan struct{}
}

// piece is some octets, and when they arrive.
type piece struct {
	octets []byte
	due    time.Time
}

// underWay is how many pieces may be under way in one direction, of up to 64 kB each.
const underWay = 256

func delayed(c net.Conn, way time.Duration) *delay {
	d := &delay{
		Conn: c, way: way, in: make(chan piece, underWay), out: make(chan piece, underWay),
		gone: make(chan struct{}), sent: make(chan struct{}),
	}
	go d.receive()
	go d.send()
	return d
}

func (d *delay) receive() {
	defer close(d.in)
	buffer := make([]byte, 64<<10)
	for {
		n, err := d.Conn.Read(buffer)
		if n > 0 {
			p := piece{append([]byte(nil), buffer[:n]...), time.Now().Add(d.way)}
			select {
			case d.in <- p:
			case <-d.gone:
				return
			}
		}
		if err != nil {
			d.failed = err
			return
		}
	}
}

func (d *delay) send() {
	defer close(d.sent)
	for p := range d.out {
		pauseUntil(p.due)
		if _, err := d.Conn.Write(p.octets); err != nil {
			// The reader hears of it.
			_ = d.Conn.Close()
		}
	}
}

// Read gives what has arrived.
func (d *delay) Read(b []byte) (int, error) {
	if len(d.read.octets) == 0 {
		p, ok := <-d.in
		if !ok {
			if d.failed == nil {
				return 0, io.ErrClosedPipe
			}
			return 0, d.failed
		}
		pauseUntil(p.due)
		d.read = p
	}
	n := copy(b, d.read.octets)
	d.read.octets = d.read.octets[n:]
	return n, nil
}

// Write puts octets on their way. Only one goroutine writes.
func (d *delay) Write(b []byte) (int, error) {
	d.out <- piece{append([]byte(nil), b...), time.Now().Add(d.way)}
	return len(b), nil
}

// Close waits until what was written has arrived.
func (d *delay) Close() error {
	d.once.Do(func() {
		close(d.out)
		<-d.sent
		close(d.gone)
	})
	return d.Conn.Close()
}
