package web

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// mostTries is how many links that are not good one client may try in an hour.
	mostTries = 20
	// mostTriers is how many clients are remembered: then counting begins anew.
	mostTriers = 10_000
)

// tries counts links that were tried and are not good, by the client's network. Clients that
// nobody knows are one.
type tries struct {
	mu    sync.Mutex
	since time.Time
	of    map[netip.Prefix]int
}

// network is what counts as one client: an address, and of IPv6 what one house has.
func network(client netip.Addr) netip.Prefix {
	bits := client.BitLen()
	if client.Is6() {
		bits = 64
	}
	p, _ := client.Prefix(bits)
	return p
}

// add counts one more, and says whether that is too many.
func (t *tries) add(client netip.Addr, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn(now)
	n := network(client)
	t.of[n]++
	return t.of[n] > mostTries
}

// over says whether a client has tried so many that it is not listened to. One that nobody
// knows may be anybody: a good link of theirs stays good.
func (t *tries) over(client netip.Addr, now time.Time) bool {
	if !client.IsValid() {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn(now)
	return t.of[network(client)] > mostTries
}

func (t *tries) turn(now time.Time) {
	if t.of == nil || len(t.of) >= mostTriers || now.Sub(t.since) >= time.Hour || now.Before(t.since) {
		t.of, t.since = map[netip.Prefix]int{}, now
	}
}
