// Package growth holds parsers of foreign text to work that grows no faster than the
// text. Only tests use it. It knows no parser.
package growth

import (
	"fmt"
	"runtime"
	"testing"

	"vesper/digest/whole"
)

// What a parser allocates whatever it reads is no growth.
const (
	baseOctets  = 1 << 18
	baseObjects = 1000
)

// tries is how often a shape is read until it fails.
const tries = 3

// Check has each shape of text read in a size and in twice that size. It fails where the
// second time more than 2.5 times as much is allocated, in octets or in objects. A clock
// would tell how busy the machine is. The size is about how often a part of the shape is
// repeated; with some thousands, what grows with the square is far beyond the limit.
// No other test may run at the same time.
func Check(t *testing.T, size int, shapes map[string]func(n int) string, read func(text string)) {
	t.Helper()
	if whole.Raced {
		t.Skip("allocations are counted without the race detector")
	}
	for name, shape := range shapes {
		work := func(n int) (octets, objects uint64) {
			text := shape(n)
			return allocated(func() { read(text) })
		}
		work(size) // The first time, tables are made.
		// What else the process does at times, such as speak with a browser, is left out.
		var said string
		for range tries {
			octets, objects := work(size)
			twiceOctets, twiceObjects := work(2 * size)
			if within(octets, twiceOctets, baseOctets) && within(objects, twiceObjects, baseObjects) {
				said = ""
				break
			}
			said = fmt.Sprintf("%s: %d octets in %d objects, and %d in %d for twice the text", name, octets, objects,
				twiceOctets, twiceObjects)
		}
		if said != "" {
			t.Error(said)
		}
	}
}

// within says whether twice the text takes 2.5 times as much at most, beside a base.
func within(once, twice, base uint64) bool { return twice <= once*5/2+base }

// allocated counts what a function allocates.
func allocated(f func()) (octets, objects uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs
}
