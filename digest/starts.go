package digest

// fruitless is how many runs of an edition may begin in a row without an orderly
// end and without progress.
const fruitless = 5

// Starts counts the runs of an edition in a row that began and came to no orderly
// end.
type Starts struct {
	// Count is how many there were since the last progress, Ended how many
	// deliveries were sent, failed or expired when the last one began.
	Count, Ended int
}

// Next counts a run that begins with these sums. It gives false where too many
// before it began in vain: whatever crashes must not crash for ever. Readers who
// left are no progress, and neither are unknown rows: the crash itself makes those.
//
// Waited says that the run before it only waited for the relay when it ended: then
// whatever ended it, it was not the edition, unless a message was under way. Outlived says that
// another machine, which works on the edition too, has lived through that run: then it was not the
// edition either.
func (s Starts) Next(t Tally, waited, outlived bool) (Starts, bool) {
	ended := t.Sent + t.Failed + t.Expired
	if ended != s.Ended {
		s.Count = 0
	}
	if outlived || waited && t.Attempting == 0 {
		s.Count = max(0, s.Count-1)
	}
	if s.Count >= fruitless {
		return s, false
	}
	return Starts{Count: s.Count + 1, Ended: ended}, true
}
