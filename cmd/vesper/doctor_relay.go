package main

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"vesper/digest"
	"vesper/digest/domain"
	"vesper/digest/relay"
	"vesper/subscribers"
)

// patientRelays gives the relays, as they would be sent through.
func (p *patient) relays() []*relay.Relay {
	all := relays(p.config, p.now).Relays
	for _, r := range all {
		r.RootCAs = p.bedside.roots
	}
	return all
}

// nobodysPath is the return path of nobody: what comes back to it is about no reader.
func (p *patient) nobodysPath() string {
	return strings.ReplaceAll(p.config.Delivery.ReturnPath, "{token}", subscribers.Key{}.ReturnPath(0, 0))
}

func lookAtRelays(ctx context.Context, p *patient) []digest.Finding {
	all := p.relays()
	found := make([][]digest.Finding, len(all))
	size, late := p.sizeInTime()
	look := relay.Look{From: p.nobodysPath(), Size: size, Timeout: p.limit() - late}
	var each sync.WaitGroup
	for i, r := range all {
		each.Go(func() { found[i] = r.Examine(ctx, look) })
	}
	each.Wait()
	return slices.Concat(found...)
}

// sizeInTime gives the size of the largest message of the next editions, and how long that
// took. A desk with very many articles keeps nobody from looking at the relays: 0 is not
// known.
func (p *patient) sizeInTime() (size int, took time.Duration) {
	began := time.Now()
	made := make(chan int, 1)
	go func() { made <- p.largest() }()
	patience := time.NewTimer(p.limit() / 3)
	defer patience.Stop()
	select {
	case size = <-made:
	case <-patience.C:
	}
	return size, time.Since(began)
}

// here says whether a relay is on this machine, so that this machine's own name and
// addresses are what receivers see.
func (p *patient) here(ctx context.Context, r *relay.Relay) bool {
	found := []netip.Addr{}
	if a, err := netip.ParseAddr(strings.Trim(r.Host, "[]")); err == nil {
		found = append(found, a)
	} else {
		found, _ = p.resolver.LookupNetIP(ctx, "ip", r.Host)
	}
	own := p.bedside.own()
	return r.Host == "localhost" || slices.ContainsFunc(found, func(a netip.Addr) bool {
		return a.IsLoopback() || slices.Contains(own, a.Unmap())
	})
}

// public gives this machine's addresses that the world can see.
func (p *patient) public() []netip.Addr {
	var all []netip.Addr
	for _, a := range p.bedside.own() {
		if a.IsGlobalUnicast() && !a.IsPrivate() {
			all = append(all, a)
		}
	}
	return all
}

// senders gives who brings the mail to receivers.
func (p *patient) senders(ctx context.Context) (senders []domain.Sender, here bool) {
	for _, r := range p.relays() {
		one := domain.Sender{Host: r.Host, Include: domain.Include(r.Host)}
		if p.here(ctx, r) {
			here, one.Addresses = true, p.public()
		}
		senders = append(senders, one)
	}
	return senders, here
}
