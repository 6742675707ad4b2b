package relay

import "vesper/digest"

// States gives how it stands with each relay now, in the order of preference.
func (p *Pool) States() []digest.RelayState {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.start()
	now := p.now()
	var all []digest.RelayState
	for _, r := range p.routes {
		s := digest.RelayState{Name: r.relay.address(), Connections: r.established, Seen: now}
		if r.down() {
			s.Down, s.RetryAt = r.fault.Reason(), r.retryAt
		}
		all = append(all, s)
	}
	return all
}
