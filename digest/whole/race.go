//go:build race

package whole

// Raced says that the tests run under the race detector, with which they take about ten
// times as long and twice the memory, and allocate more.
const Raced = true
