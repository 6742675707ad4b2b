package digest

// Signing says how an edition's messages are signed: what is kept of it beside the
// edition. It has no key in it, only what one is known by.
type Signing struct {
	// Domain and Selector are the signature's d= and s=.
	Domain, Selector string
	// Keys has the fingerprint of each key, with a blank between two.
	Keys string
}
