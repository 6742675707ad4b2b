package store

import (
	"strings"
	"syscall"
	"time"
)

// userTimeout is TCP_USER_TIMEOUT (RFC 5482): how long what was sent may go unheard.
const userTimeout = 18

// unheardFor gives what has a connection break where the other end's machine has not acknowledged
// what it was sent for so long.
func unheardFor(d time.Duration) func(network, address string, c syscall.RawConn) error {
	return func(network, _ string, c syscall.RawConn) (err error) {
		if !strings.HasPrefix(network, "tcp") {
			return nil
		}
		failed := c.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, userTimeout, int(d.Milliseconds()))
		})
		if failed != nil {
			return failed
		}
		return err
	}
}
