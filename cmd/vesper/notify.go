package main

import (
	"context"
	"net"
	"strconv"
	"strings"
	"time"
)

// notify tells the service manager what the service is about, in the words of
// sd_notify(3): lines such as READY=1. Without a manager that listens it does nothing, and
// that it can't be told is no fault of the service.
func (a *app) notify(lines ...string) {
	name := a.env("NOTIFY_SOCKET")
	if name == "" {
		return
	}
	if name[0] == '@' { // Linux's abstract names
		name = "\x00" + name[1:]
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return
	}
	defer c.Close()
	c.SetWriteDeadline(time.Now().Add(time.Second))
	c.Write([]byte(strings.Join(lines, "\n")))
}

// watchdog tells the manager that the service is alive, twice in the time that it asks for,
// until ctx ends. The service is alive as long as alive says so.
func (a *app) watchdog(ctx context.Context, alive func() bool) {
	micros, err := strconv.ParseInt(a.env("WATCHDOG_USEC"), 10, 64)
	if err != nil || micros <= 0 {
		return
	}
	each := time.NewTicker(max(time.Duration(micros)*time.Microsecond/2, time.Millisecond))
	defer each.Stop()
	for {
		if alive() {
			a.notify("WATCHDOG=1")
		}
		select {
		case <-ctx.Done():
			return
		case <-each.C:
		}
	}
}
