package render

import (
	"bytes"
	"testing"

	"vesper/digest"
	"vesper/digest/whole"
)

// What copies have in common is not copied for each, and nobody gets another octet for it.
func TestACopyInPiecesIsTheCopy(t *testing.T) {
	whole.NotRaced(t)
	for _, s := range specimenSets {
		r, e, err := specimenEdition(nil, s)
		if err != nil {
			t.Fatal(err)
		}
		for name, signer := range map[string]Signer{"unsigned": nil, "signed": seal{}, "prepared": preparing{}} {
			c, plain := composer(t, r, e), composer(t, r, e)
			c.Signer, plain.Signer = signer, signer
			d, other := delivery(ines(t)), delivery(ines(t))
			other.Address = "o'neil+news@a-longer-name.reader.example"
			var last digest.Envelope
			for i, d := range []digest.Delivery{d, other, d, other, d} {
				d.Variant = []string{digest.Designed, digest.Plain}[i/3]
				want, err := plain.Compose(d)
				if err != nil {
					t.Fatal(err)
				}
				c.Release(last)
				if last, err = c.ComposePieces(d); err != nil {
					t.Fatal(err)
				}
				if got := bytes.Join(last.Pieces, nil); !bytes.Equal(got, want.Data) || last.Form != want.Form {
					t.Errorf("%s, %s, copy %d: its pieces are not the copy", s.name, name, i)
				}
			}
		}
		c, d := composer(t, r, e), delivery(ines(t))
		allocs := testing.AllocsPerRun(100, func() {
			envelope, err := c.ComposePieces(d)
			if err != nil {
				t.Fatal(err)
			}
			c.Release(envelope)
		})
		if allocs > 3 && !whole.Raced {
			t.Errorf("%s: %.1f allocations a copy, want 3 at most", s.name, allocs)
		}
	}
}
