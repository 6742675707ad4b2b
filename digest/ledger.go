package digest

import "math"

// Step is where one delivery, or one letter, stands.
type Step string

// The steps of a delivery: two on the way and five at the end.
const (
	Pending    Step = "pending"
	Attempting Step = "attempting"
	Sent       Step = "sent"
	Failed     Step = "failed"
	Expired    Step = "expired"
	Skipped    Step = "skipped"
	Unknown    Step = "unknown"
)

// Range is a part of a ledger: its rows with Low <= key <= High.
type Range struct{ Low, High int64 }

// Whole is all of a ledger.
func Whole() Range { return Range{High: math.MaxInt64} }

// Contains says whether a row's key is in the range.
func (r Range) Contains(key int64) bool { return r.Low <= key && key <= r.High }
