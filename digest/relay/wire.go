package relay

import (
	"errors"
	"net"
	"syscall"
)

// wire is the TCP connection itself, below any TLS. It bounds what is read of a
// relay that is not known yet.
type wire struct {
	net.Conn
	// left is how many octets may still be read; negative means any number.
	left int
	// ahead is what pending has read.
	ahead []byte
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
	raw, err := tcp.SyscallConn()
	if err != nil {
		return true
	}
	some := false
	err = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		n, err := syscall.Read(int(fd), b[:])
		w.ahead = append(w.ahead[:0], b[:max(n, 0)]...)
		some = err == nil || !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR)
		return true
	})
	return some || err != nil
}

// cut breaks the connection off. What the kernel still has to send is thrown
// away, so that a relay never takes half a message for a whole one.
func (w *wire) cut() {
	if tcp, ok := w.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = w.Close()
}
