package relay

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// wire is the TCP connection itself, below any TLS. It bounds what is read of a
// relay that is not known yet.
type wire struct {
	net.Conn
	// left is how many octets may still be read; negative means any number.
	left int
	// ahead is what pending has read: one octet at most, in one.
	ahead []byte
	one   [1]byte
	// raw is the connection as pending looks at it, look its method readOne; some says
	// that there was something.
	raw  syscall.RawConn
	look func(fd uintptr) (done bool)
	some bool
}

// opening bounds what a relay may say up to the end of AUTH.
const opening = 512 << 10

var errFlood = errors.New("the relay sends too much")

func (w *wire) Read(b []byte) (int, error) {
	if len(w.ahead) > 0 {
		n := copy(b, w.ahead)
		w.ahead = w.ahead[n:]
		return n, nil
	}
	if w.left < 0 {
		return w.Conn.Read(b)
	}
	if w.left == 0 {
		return 0, errFlood
	}
	n, err := w.Conn.Read(b[:min(len(b), w.left)])
	w.left -= n
	return n, err
}

// pending says, without waiting, whether there is something to read: octets,
// the end or an error. A read with a deadline would have to wait to know.
func (w *wire) pending() bool {
	tcp, ok := w.Conn.(*net.TCPConn)
	if !ok || len(w.ahead) > 0 {
		return ok
	}
	if w.raw == nil {
		raw, err := tcp.SyscallConn()
		if err != nil {
			return true
		}
		w.raw, w.look = raw, w.readOne
	}
	w.some = false
	err := w.raw.Read(w.look)
	if errors.Is(err, os.ErrDeadlineExceeded) && tcp.SetReadDeadline(time.Time{}) == nil {
		// That was the time for an earlier reply.
		err = w.raw.Read(w.look)
	}
	return w.some || err != nil
}

// readOne reads an octet of what is there.
func (w *wire) readOne(fd uintptr) (done bool) {
	n, err := syscall.Read(int(fd), w.one[:])
	w.ahead = w.one[:max(n, 0)]
	w.some = err == nil || !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR)
	return true
}

// cut breaks the connection off. What the kernel still has to send is thrown
// away, so that a relay never takes half a message for a whole one.
func (w *wire) cut() {
	if tcp, ok := w.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = w.Close()
}
