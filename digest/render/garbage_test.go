package render

import (
	"bytes"
	"testing"

	"vesper/digest"
	"vesper/digest/whole"
)

// TestOneCopyAfterAnotherMakesNoGarbage: bytes that are given back are used again, and
// what they were is gone.
func TestOneCopyAfterAnotherMakesNoGarbage(t *testing.T) {
	if whole.Raced {
		t.Skip("the run without the race detector has this test")
	}
	for _, s := range specimenSets {
		r, e, err := specimenEdition(nil, s)
		if err != nil {
			t.Fatal(err)
		}
		c, d, other := composer(t, r, e), delivery(ines(t)), delivery(ines(t))
		other.Address = "o'neil+news@a-longer-name.reader.example"
		first, err := c.Compose(d)
		if err != nil {
			t.Fatal(err)
		}
		want := bytes.Clone(first.Data)
		allocs := testing.AllocsPerRun(100, func() {
			for _, d := range []digest.Delivery{other, d} {
				c.Release(first)
				if first, err = c.Compose(d); err != nil {
					t.Fatal(err)
				}
			}
		})
		if !bytes.Equal(first.Data, want) {
			t.Errorf("%s: the copy differs after another reader's", s.name)
		}
		if allocs/2 > 3 {
			t.Errorf("%s: %.1f allocations a copy, want 3 at most", s.name, allocs/2)
		}
	}
}
