//go:build race

package growth

// raced says that the race detector allocates too.
const raced = true
