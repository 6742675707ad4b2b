package breaker

import "vesper/digest"

// suspect is a row that was refused for good and has not failed.
type suspect struct {
	Suspect
	kind digest.Suspect
	// inHand says that it is being asked, again that it waits for that.
	inHand, again bool
	// parked says that its refusal is proven in this pass, and is asked about in the next.
	parked bool
	// unproven is how often its refusal was not proven.
	unproven int
	// refused is how often it was, before says that the connection had taken others
	// when it last was. seq orders suspects by when they were asked.
	refused, seq int
	before       bool
	// asked is the pass in which it was last asked; old says that it was under suspicion
	// at the end of one.
	asked int
	old   bool
}

// Suspect is a row under suspicion, and what the relay said of it last.
type Suspect struct {
	Row     digest.Delivery
	Outcome digest.Outcome
}

// askAgain has a suspect asked once more, as its refusal is not proven: at RCPT, where a
// control can prove it, in the same pass, unless that was so a few times.
func (s *suspect) askAgain() {
	s.again = true
	if s.unproven++; s.atRecipient() && s.unproven < often {
		s.asked = 0
	}
}

func (s *suspect) atRecipient() bool { return atRecipient(s.Outcome) }

func (s *suspect) twice() bool { return s.refused > 1 }
