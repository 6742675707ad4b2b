package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest/whole"
)

// TestARepeatIsSignedAsTheEditionWasOpened changes the key between a message that may
// have arrived and its repeat.
func TestARepeatIsSignedAsTheEditionWasOpened(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	for name, test := range map[string]struct {
		lost bool
		says string
	}{
		"the old key is there": {false, "signed with the key that the edition was opened with"},
		"the old key is gone":  {true, "have another signature: the key of the first one is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			readers := []string{"dotdrop.1@reader.example", "ines@reader.example"}
			w := startOracle(t)
			with := func(selector string) setting {
				return setting{
					port: w.port, connections: 1,
					relay: "[dkim]\ndomain = \"news.example\"\nselector = \"" + selector + "\"\n",
				}
			}
			n := faultyNewsroom(t, with("v1"), readers)
			n.run(t, "dkim", "new")
			n.send(t, exitPartly)
			n.configure(t, with("v2"))
			n.run(t, "dkim", "new")
			if test.lost {
				if err := os.Remove(filepath.Join(n.dir, "keys", "v1.pem")); err != nil {
					t.Fatal(err)
				}
			}
			s := n.service(t, func() time.Time { return time.Now().Add(10 * time.Minute) })
			s.says(t, "edition done")
			s.says(t, test.says)
			s.ends(t)
			var ids, bytes []string
			for _, line := range (witnesses{w}).taken(t) {
				if f := strings.Fields(line); f[0] == readers[0] {
					ids, bytes = append(ids, f[1]), append(bytes, f[2])
				}
			}
			if len(ids) != 2 || ids[0] != ids[1] {
				t.Fatalf("got the Message-IDs %q, want the same twice", ids)
			}
			if same := bytes[0] == bytes[1]; same == test.lost {
				t.Errorf("the bytes are the same: %v, want %v", same, !test.lost)
			}
			n.adds(t, "done", sums{opened: 2, sent: 2, doubts: 1})
		})
	}
}
