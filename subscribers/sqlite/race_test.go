//go:build race

package sqlite

// cost is about how many times as long the race detector makes a test. Of what is tried
// many times over, such a part is tried.
const cost = 3
