package relay_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"vesper/digest"
	"vesper/digest/relay"
)

// Some tests need a process of their own, which can be stopped: this test binary
// with the variable childPort, the port to send one message to. With childStop it
// stops itself right before the dot.
const childPort, childStop = "RELAY_TEST_PORT", "RELAY_TEST_STOP"

// childTime is how long a child's message has, and childDot how long it waits for
// the reply to the dot.
const childTime, childDot = 2 * time.Second, 300 * time.Millisecond

// child sends one message and prints what became of it.
func child(port string) {
	n, _ := strconv.Atoi(port)
	r := &relay.Relay{Host: "127.0.0.1", Port: n, TLS: relay.None, Hello: "paper.example", Timeouts: patient}
	r.Timeouts.Dot = childDot
	s := timed(1, childTime, time.Now)
	s.intent = func(context.Context, digest.Envelope) error {
		if os.Getenv(childStop) != "" {
			stopMyself()
		}
		return nil
	}
	r.Work(context.Background(), s)
	fmt.Printf("outcome %s.", s.settled[1][0].Class)
}

// stopMyself returns once the process was stopped and goes on. The signal may
// reach another thread first, so the time must show it.
func stopMyself() {
	last := time.Now()
	_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	for {
		now := time.Now()
		if now.Sub(last) > childTime/2 {
			return
		}
		last = now
		runtime.Gosched()
	}
}
