package digest

// Aside is a file on the desk that is not taken for an article.
type Aside struct {
	// File is its name on the desk.
	File string
	// Reason says why, and what to do if it is to be one.
	Reason string
}
