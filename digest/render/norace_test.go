//go:build !race

package render

// raced says that the tests run under the race detector.
const raced = false
