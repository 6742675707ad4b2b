//go:build !race

package sqlite

// cost is 1 without the race detector: all is tried.
const cost = 1
