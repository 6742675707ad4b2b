package digest

import "time"

// RunPace is how fast the relays answered for messages in the runs of some editions.
type RunPace struct {
	Messages int
	// Took is how long the runs took together. Waits for a relay that was down count.
	Took time.Duration
}

// PerSecond gives how many messages were answered for in a second; 0 is not known.
func (p RunPace) PerSecond() float64 {
	if p.Messages <= 0 || p.Took <= 0 {
		return 0
	}
	return float64(p.Messages) / p.Took.Seconds()
}

// RelayState is what the process that delivers knew of a relay when it last looked.
type RelayState struct {
	// Name is its host and port.
	Name string
	// Down says why it is left alone, until RetryAt; empty is up.
	Down    string
	RetryAt time.Time
	// Connections is how many were open.
	Connections int
	// Seen is when this was so.
	Seen time.Time
}

// Same says whether two states say the same, whenever they were seen.
func (s RelayState) Same(as RelayState) bool {
	s.Seen, as.Seen = time.Time{}, time.Time{}
	return s == as
}

// Takes gives how long so many messages take at so many a second: 30 years at most.
func Takes(messages int, perSecond float64) time.Duration {
	return time.Duration(min(float64(messages)/perSecond, 1e9) * float64(time.Second)).Round(time.Second)
}
