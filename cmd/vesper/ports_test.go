package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"testing"
)

// portsGiven counts the ports that were given out.
var portsGiven atomic.Int32

// unusedPort gives a port that nobody listens at. It lies below those that the system
// chooses for connections, so that none of another test takes it meanwhile.
func unusedPort() (int, error) {
	const from, many = 12_000, 20_000
	for range many {
		port := from + (os.Getpid()*97+int(portsGiven.Add(1)))%many
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, errors.New("no port is unused")
}

func freePort(t *testing.T) int {
	t.Helper()
	port, err := unusedPort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}
