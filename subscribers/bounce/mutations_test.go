package bounce

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"vesper/digest/whole"
)

var mutations = flag.Int("mutations", 2000, "how many damaged messages are read")

// TestDamagedMessagesAreRead cuts, repeats and mixes real messages. None stops the reader.
func TestDamagedMessagesAreRead(t *testing.T) {
	whole.NotRaced(t)
	files, _ := filepath.Glob("../../../shared/data/bounces/*/*.[et][mx][lt]")
	own, _ := filepath.Glob("testdata/*/*.eml")
	files = append(files, own...)
	var all [][]byte
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, raw)
	}
	const seed = 13
	random := rand.New(rand.NewPCG(seed, seed))
	for i := range *mutations {
		raw := bytes.Clone(all[random.IntN(len(all))])
		for range 1 + random.IntN(4) {
			raw = damaged(random, raw, all[random.IntN(len(all))])
		}
		if _, err := Read(bytes.NewReader(raw)); err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
	}
	t.Logf("%d damaged messages of %d were read", *mutations, len(all))
}

// damaged gives a message with one change.
func damaged(random *rand.Rand, raw, other []byte) []byte {
	if len(raw) < 2 {
		return other
	}
	from := random.IntN(len(raw))
	to := from + random.IntN(min(len(raw)-from, 200)+1)
	switch random.IntN(5) {
	case 0: // a piece is lost
		return append(raw[:from:from], raw[to:]...)
	case 1: // the end is lost
		return raw[:from]
	case 2: // a piece is there twice
		return append(raw[:to:to], raw[from:]...)
	case 3: // an octet is another
		raw[from] = byte(random.IntN(256))
		return raw
	}
	// The rest is of another message.
	return append(raw[:from:from], other[min(from, len(other)):]...)
}
