package digest

// Result is what a look at one thing came to.
type Result string

// The results of a look.
const (
	// OK: it is as it must be.
	OK Result = "ok"
	// Warn: it works, and somebody should look at it.
	Warn Result = "warn"
	// Fail: the edition would not go out, would not arrive or would break a promise.
	Fail Result = "fail"
	// Unseen: it was not looked at. The message says why.
	Unseen Result = "skipped"
)

// Finding is what one look at a part of the program, or at what it depends on, came to.
// A message never has a secret or a reader's address in it.
type Finding struct {
	// Name is what was looked at: "database", "relay smtp.news.example:587".
	Name   string
	Result Result
	// Message says what is so, in one line, Hint what to do; it may be empty.
	Message, Hint string
}
