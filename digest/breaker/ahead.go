package breaker

// Ahead says whether a worker may take a row under no suspicion although it has another
// one in hand. Where anybody is under suspicion, or was lately, each answer may change
// what comes next, and is waited for.
func (b *Breaker) Ahead(n int) bool {
	w := b.worker(n)
	switch {
	case !w.inHand || w.ahead || w.leaves || w.benched:
		return false
	case w.line == nil || !w.line.took || len(w.line.run) > 0 || w.line.relay.resting || w.line.relay.flawed:
		return false
	case len(b.suspects) > 0 || b.alone():
		return false
	}
	for _, m := range b.messages {
		if m.held {
			return false
		}
	}
	w.ahead = true
	return true
}

// Behind takes back what Ahead gave, since there is nothing to take.
func (b *Breaker) Behind(n int) { b.worker(n).ahead = false }
