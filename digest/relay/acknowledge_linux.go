package relay

import (
	"net"
	"syscall"
)

// acknowledge tells the relay at once that what has come is here. Otherwise the kernel
// waits up to 40 ms for something to send along, and a relay that writes its replies one
// by one may wait for that with the next (Nagle's algorithm). It has no lasting effect.
func (w *wire) acknowledge() {
	tcp, ok := w.Conn.(*net.TCPConn)
	if !ok {
		return
	}
	if raw, err := tcp.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
		})
	}
}
