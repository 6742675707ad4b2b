package relay

// Waiting is how many calls of Work wait for a connection.
func (p *Pool) Waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.start()
	all := p.letters.waiting
	for _, e := range p.editions {
		all += e.waiting
	}
	return all
}
