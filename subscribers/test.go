package subscribers

import "time"

// TestWithin is how long a message to ourselves may be on its way.
const TestWithin = 5 * time.Minute

// Test is a message to ourselves, which shows whether what comes back is heard.
type Test struct {
	// Address is where it went, with "{token}" in the place of its token.
	Address string
	// Sent and Came are when; Came is zero as long as nothing came.
	Sent, Came time.Time
	// Door is how it came, and Failed what a report says that came in its place.
	Door, Failed string
}

// Passed says whether the message itself came back.
func (t Test) Passed() bool { return !t.Came.IsZero() && t.Failed == "" }
