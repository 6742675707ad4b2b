package render

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vesper/digest"
)

// seal signs with the message's own sum and the time.
type seal struct{ err error }

func (s seal) Sign(message []byte, at time.Time) ([]byte, error) {
	return fmt.Appendf(nil, "Seal: %x %d\r\n", sha256.Sum256(message), at.Unix()), s.err
}

// preparing is a seal that is made of texts and values.
type preparing struct{ seal }

func (s preparing) Prepare(texts [][]byte) func([]byte, [][]byte, time.Time) ([]byte, error) {
	return func(dst []byte, values [][]byte, at time.Time) ([]byte, error) {
		whole := bytes.Clone(texts[0])
		for i, v := range values {
			whole = append(append(whole, v...), texts[i+1]...)
		}
		signature, err := s.Sign(whole, at)
		return append(dst, signature...), err
	}
}

// readied is a seal that is made ahead: what is made is the message's sum.
type readied struct {
	texts [][]byte
	seal
}

func (s preparing) PrepareAhead(texts [][]byte) digest.Prepared { return readied{texts, s.seal} }

func (r readied) Size() int                  { return 32 }
func (r readied) Name(at time.Time) [32]byte { return r.Sum(make([][]byte, len(r.texts)-1), at) }

func (r readied) Sum(v [][]byte, at time.Time) [32]byte {
	return sha256.Sum256(fmt.Append(nil, at.Unix(), v))
}

func (r readied) Make(dst []byte, values [][]byte, _ time.Time) ([]byte, bool, error) {
	whole := bytes.Clone(r.texts[0])
	for i, v := range values {
		whole = append(append(whole, v...), r.texts[i+1]...)
	}
	sum := sha256.Sum256(whole)
	return append(dst, sum[:]...), true, nil
}

func (r readied) Write(dst, made []byte, at time.Time) ([]byte, error) {
	if len(made) != r.Size() {
		return dst, errors.New("too short")
	}
	return fmt.Appendf(dst, "Seal: %x %d\r\n", made, at.Unix()), nil
}

// stored has what was made ahead, and counts what was found.
type stored struct {
	made  map[[32]byte][]byte
	found int
}

func (s *stored) Find(_ int64, sum [32]byte) []byte {
	if s.made[sum] != nil {
		s.found++
	}
	return s.made[sum]
}

func TestACopySignedAheadIsTheSameCopy(t *testing.T) {
	r := renderer(t)
	e := edition(t, five(t)...)
	c, plain := composer(t, r, e), composer(t, r, e)
	ahead := &stored{made: map[[32]byte][]byte{}}
	c.Signer, plain.Signer, c.Ahead = preparing{}, preparing{}, ahead
	one, two := delivery(ines(t)), delivery(ines(t))
	two.Address = "maya@reader.example"
	if name, size := c.AheadName(one.FirstDue); size != 32 || name == [32]byte{} {
		t.Errorf("got %x and %d", name, size)
	}
	if _, size := composer(t, r, e).AheadName(one.FirstDue); size != 0 {
		t.Error("without a signer something can be made ahead")
	}
	sum, made, ok, err := c.SignAhead(one)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	ahead.made[sum] = made
	later := one
	later.FirstDue = later.FirstDue.Add(time.Second)
	for found, d := range map[int]digest.Delivery{1: one, 0: two, -1: later} {
		before := ahead.found
		want, err := plain.Compose(d)
		got, err2 := c.Compose(d)
		if err = errors.Join(err, err2); err != nil || !bytes.Equal(got.Data, want.Data) || got.Form != want.Form {
			t.Errorf("got %.200q (%v), want %.200q", got.Data, err, want.Data)
		}
		if (ahead.found > before) != (found > 0) {
			t.Errorf("%d: found %d", found, ahead.found)
		}
	}
	// What can't be one is signed anew.
	ahead.made[sum] = made[1:]
	want, _ := plain.Compose(one)
	if got, err := c.Compose(one); err != nil || !bytes.Equal(got.Data, want.Data) {
		t.Errorf("got %.200q (%v)", got.Data, err)
	}
	one.Unsubscribe = "<"
	if _, _, ok, err := c.SignAhead(one); ok || err != nil {
		t.Errorf("what can't be composed is signed: %t, %v", ok, err)
	}
}

func TestASignedCopyIsTheUnsignedOneBelowItsSignature(t *testing.T) {
	r := renderer(t)
	e := edition(t, five(t)...)
	bare, signing, prepared := composer(t, r, e), composer(t, r, e), composer(t, r, e)
	signing.Signer, prepared.Signer, prepared.Repeats = seal{}, preparing{}, seal{}
	rapid.Check(t, func(t *rapid.T) {
		d := delivery(Reader{
			Address:     rapid.StringMatching(`[a-z]{1,64}@[a-z]{1,60}\.example`).Draw(t, "address"),
			Unsubscribe: rapid.StringMatching(`[A-Za-z0-9_\-]{1,90}`).Draw(t, "token"),
		})
		d.FirstDue = time.Unix(rapid.Int64Range(0, 4102444800).Draw(t, "due"), 0)
		plain, err := bare.Compose(d)
		if err != nil {
			t.Fatal(err)
		}
		signature, _ := seal{}.Sign(plain.Data, d.FirstDue)
		for _, c := range []*Composer{signing, prepared, prepared} {
			got, err := c.Compose(d)
			if err != nil {
				t.Fatal(err)
			}
			d.Doubts++
			holdToForm(t, got)
			rest, ok := bytes.CutPrefix(got.Data, signature)
			if !ok || !bytes.Equal(rest, plain.Data) || got.To != plain.To || got.From != plain.From {
				t.Fatalf("got %.200q, want the signature and the unsigned copy", got.Data)
			}
		}
	})
}

func TestWhatCannotBeSignedIsNotComposed(t *testing.T) {
	c := composer(t, renderer(t), edition(t, five(t)[:1]...))
	c.Signer = seal{errors.New("no key")}
	if _, err := c.Compose(delivery(ines(t))); !errors.Is(err, c.Signer.(seal).err) {
		t.Errorf("got %v, want %v", err, c.Signer.(seal).err)
	}
}
