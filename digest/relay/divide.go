package relay

// This page says what letters and editions may have of the connections to one
// relay, and how an edition gives up what is another's. The pool's mutex is held
// in all of it.

// held is how many connections of s there are to the relay, and staying how many
// of them are not about to give way.
func (r *route) held(s *sender) (held, staying int) {
	for _, at := range r.seats {
		if at.sender == s {
			held++
			if !at.leaving {
				staying++
			}
		}
	}
	return held, staying
}

// open is how many connections there are, those that are being opened included.
func (r *route) open() int { return len(r.seats) }

// forEditions is how many connections to r editions may have together: all but
// one, which is the letters', or the only one while there is no letter.
func (p *Pool) forEditions(r *route) int {
	lettered, _ := r.held(p.letters)
	if r.allowed == 1 && p.letters.waiting+lettered == 0 {
		return 1
	}
	return r.allowed - 1
}

// inUse is how many connections to r are open or kept free for letters.
func (p *Pool) inUse(r *route) int {
	lettered, _ := r.held(p.letters)
	if lettered == 0 && r.allowed > 1 {
		return r.open() + 1
	}
	return r.open()
}

// parts divides the connections to r among the editions, the newest first. Those
// that wait want one each, beside what they have, and me wants more besides.
func (p *Pool) parts(r *route, me *sender, more int) []int {
	first := p.firstUp() == r
	wanted := make([]int, len(p.editions))
	for i, e := range p.editions {
		wanted[i], _ = r.held(e)
		if first {
			wanted[i] += e.waiting
		}
		if e == me {
			wanted[i] += more
		}
	}
	return divide(p.forEditions(r), wanted)
}

// firstUp is the route that is waited for: the first that is up, or nil.
func (p *Pool) firstUp() *route {
	for _, r := range p.routes {
		if !r.down() {
			return r
		}
	}
	return nil
}

// divide gives each an equal part of so many, and no more than it wants. What
// can't be divided goes to the first ones, and what is left idle as well: all
// that the first wants, then the second.
func divide(many int, wanted []int) []int {
	parts, sharing := make([]int, len(wanted)), 0
	for _, w := range wanted {
		if w > 0 {
			sharing++
		}
	}
	if sharing == 0 {
		return parts
	}
	equal, odd := many/sharing, many%sharing
	for i, w := range wanted {
		if w == 0 {
			continue
		}
		part := equal
		if odd > 0 {
			part, odd = part+1, odd-1
		}
		parts[i] = min(part, w)
		many -= parts[i]
	}
	for i, w := range wanted {
		more := min(w-parts[i], many)
		parts[i], many = parts[i]+more, many-more
	}
	return parts
}

// mayOpen says whether me may have another connection to r, which is up, now.
// more is 1 if me is not counted as waiting.
func (p *Pool) mayOpen(r *route, me *sender, more int) bool {
	mine, _ := r.held(me)
	lettered, _ := r.held(p.letters)
	switch {
	case r.open() >= r.allowed:
		return false
	case me.letters:
		return mine == 0
	case r.open()-lettered >= p.forEditions(r):
		return false
	}
	for i, part := range p.parts(r, me, more) {
		if p.editions[i] == me {
			return mine < part
		}
	}
	return false
}

// makeRoom tells connections to give way between two messages: as many as are
// missing to those who wait, and of editions that have more than their part, the
// oldest first.
func (p *Pool) makeRoom() {
	r := p.firstUp()
	if r == nil {
		return
	}
	parts := p.parts(r, nil, 0)
	free, missing := p.forEditions(r), 0
	for i, e := range p.editions {
		_, staying := r.held(e)
		free -= staying
		missing += max(0, min(e.waiting, parts[i]-staying))
	}
	if lettered, _ := r.held(p.letters); missing == 0 && (p.letters.waiting == 0 || lettered > 0) {
		// A relay that takes fewer connections than it did is left what it has.
		return
	}
	for i := len(p.editions) - 1; i >= 0; i-- {
		_, staying := r.held(p.editions[i])
		for ; staying > parts[i] && free < missing; staying-- {
			r.giveWay(p.editions[i])
			free++
		}
	}
}

// giveWay tells a connection of s to give way: the latest that is open. One that
// is still being opened is told only where there is no other, and gives way when
// it is open: a dial that is broken off may count with the relay for a while, and
// the next would be refused for it.
func (r *route) giveWay(s *sender) {
	var chosen *seat
	for _, at := range r.seats {
		if at.sender == s && !at.leaving && (chosen == nil || at.open || !chosen.open) {
			chosen = at
		}
	}
	chosen.leaving = true
	if chosen.open {
		chosen.end()
	}
}
