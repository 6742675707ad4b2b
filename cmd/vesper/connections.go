package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Of the readers' connections there are so many at once, and of those so many of one
// client who is no trusted proxy.
const (
	maxConnections = 256
	maxOfOne       = 16
	// forLeaving of them are left to those who leave.
	forLeaving = 32
)

// filesOfOurs is how many files the program itself has open at most: the database, its
// log, the desk, and what the runtime needs. The relays' connections come on top.
const filesOfOurs = 32

// roomFor gives how many connections of readers there may be beside so many to relays,
// for a process that may not open more files than files says.
func roomFor(relays int) int {
	return min(maxConnections, max(4, mayOpen()-filesOfOurs-relays))
}

// atOnce is how many requests beside those to leave are worked on over so many
// connections.
func atOnce(connections int) int { return max(connections-forLeaving, connections/2) }

// counted lets readers' connections in over a listener.
func (a *app) counted(h *house, l net.Listener, log *slog.Logger) *counter {
	most := roomFor(mostConnections(h.config))
	if most < maxConnections {
		log.Warn("the limit of open files is low, so readers get fewer connections; raise it "+
			"(ulimit -n, LimitNOFILE in systemd)", "files", mayOpen(), "connections", most)
	}
	proxies := h.config.Proxies()
	// Loopback is a proxy on this machine, unless the readers themselves are there.
	own := loopback(h.config.Web.BaseURL)
	return newCounter(l, most, func(from netip.Addr) bool {
		return from.IsLoopback() && !own ||
			slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(from) })
	})
}

// loopback says whether a URL leads to this machine.
func loopback(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && a.IsLoopback()
}

// counter lets readers' connections in. It sees to it that no client has them all: one
// who has too many loses the one that was idle longest, and so does everybody together
// when there are most. Idle is a connection that has sent no whole request, or is done
// with the last one.
type counter struct {
	net.Listener
	most int
	// trusted says of whom many clients' connections come.
	trusted func(netip.Addr) bool
	now     func() time.Time

	mu     sync.Mutex
	change *sync.Cond
	guests map[net.Conn]*guest
	closed bool
}

// guest is one connection.
type guest struct {
	// client is who holds it; the zero value is not counted.
	client netip.Prefix
	idle   bool
	since  time.Time
}

func newCounter(l net.Listener, most int, trusted func(netip.Addr) bool) *counter {
	c := &counter{Listener: l, most: most, trusted: trusted, now: time.Now, guests: map[net.Conn]*guest{}}
	c.change = sync.NewCond(&c.mu)
	return c
}

// Accept implements net.Listener. Who comes when all connections are at work waits.
func (c *counter) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c.enter(conn) {
			return conn, nil
		}
		conn.Close()
	}
}

// Close implements net.Listener. Who waits is let go.
func (c *counter) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.change.Broadcast()
	return c.Listener.Close()
}

// becomes has the limits of another one from now on.
func (c *counter) becomes(other *counter) {
	c.mu.Lock()
	c.most, c.trusted = other.most, other.trusted
	c.mu.Unlock()
	c.change.Broadcast()
}

// empty waits until everybody has gone, or ctx ends. The server itself does not wait for
// who came in the moment in which it stopped.
func (c *counter) empty(ctx context.Context) {
	defer context.AfterFunc(ctx, c.change.Broadcast)()
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.guests) > 0 && ctx.Err() == nil {
		c.change.Wait()
	}
}

func (c *counter) enter(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	client := c.client(conn)
	if client.IsValid() && c.count(client) >= maxOfOne && !c.closeIdle(client) {
		return false
	}
	for len(c.guests) >= c.most && !c.closeIdle(netip.Prefix{}) {
		if c.closed {
			return false
		}
		c.change.Wait()
	}
	c.guests[conn] = &guest{client: client, idle: true, since: c.now()}
	return true
}

// client gives whose connection it is: an IPv4 address, or a /64 of IPv6, as one
// machine has it.
func (c *counter) client(conn net.Conn) netip.Prefix {
	at, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	a := at.Addr().Unmap().WithZone("")
	if err != nil || c.trusted(a) {
		return netip.Prefix{}
	}
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, _ := a.Prefix(bits)
	return p
}

func (c *counter) count(client netip.Prefix) int {
	n := 0
	for _, g := range c.guests {
		if g.client == client {
			n++
		}
	}
	return n
}

// closeIdle closes the connection that was idle longest, of this client or, for the zero
// value, of all, and says whether there was one.
func (c *counter) closeIdle(client netip.Prefix) bool {
	var longest net.Conn
	for conn, g := range c.guests {
		if g.idle && (!client.IsValid() || g.client == client) &&
			(longest == nil || g.since.Before(c.guests[longest].since)) {
			longest = conn
		}
	}
	if longest == nil {
		return false
	}
	delete(c.guests, longest)
	longest.Close()
	return true
}

// state hears from the server what a connection does.
func (c *counter) state(conn net.Conn, is http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.change.Broadcast()
	g := c.guests[conn]
	switch {
	case g == nil:
	case is == http.StateClosed, is == http.StateHijacked:
		delete(c.guests, conn)
	default:
		g.idle, g.since = is != http.StateActive, c.now()
	}
}
