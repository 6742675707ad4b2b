package relay

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestConnectionsAreDividedTheNewestFirst(t *testing.T) {
	for _, c := range []struct {
		what   string
		many   int
		wanted []int // the newest first
		want   []int
	}{
		{"one alone has all", 7, []int{8}, []int{7}},
		{"two have half each, the newer the odd one", 7, []int{8, 8}, []int{4, 3}},
		{"what the newer leaves idle", 7, []int{1, 8}, []int{1, 6}},
		{"what the older leaves idle", 7, []int{8, 2}, []int{5, 2}},
		{"idle ones go to the newest that wants them", 9, []int{2, 9, 9, 1}, []int{2, 4, 2, 1}},
		{"and on to the next when it has enough", 12, []int{5, 9, 1}, []int{5, 6, 1}},
		{"one that wants none is not counted", 6, []int{8, 0, 8}, []int{3, 0, 3}},
		{"fewer connections than editions", 2, []int{8, 8, 8}, []int{1, 1, 0}},
		{"none at all", 0, []int{8, 8}, []int{0, 0}},
		{"nobody", 7, nil, []int{}},
	} {
		if diff := cmp.Diff(c.want, divide(c.many, c.wanted)); diff != "" {
			t.Errorf("%s: %s", c.what, diff)
		}
	}
}

func TestNobodyStarvesWhereThereAreEnoughConnections(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		many := rapid.IntRange(0, 30).Draw(t, "many")
		wanted := rapid.SliceOfN(rapid.IntRange(0, 12), 0, 6).Draw(t, "wanted")
		parts, all, given, sharing := divide(many, wanted), 0, 0, 0
		for i, w := range wanted {
			all, given = all+w, given+parts[i]
			if w > 0 {
				sharing++
			}
			if parts[i] < 0 || parts[i] > w {
				t.Fatalf("%d of %d to number %d of %v", parts[i], w, i+1, wanted)
			}
		}
		if given != min(many, all) {
			t.Fatalf("%d of %d given to %v: %v", given, many, wanted, parts)
		}
		for i, w := range wanted {
			if sharing <= many && parts[i] < min(w, many/max(1, sharing)) {
				t.Fatalf("number %d has less than its equal part: %v of %v", i+1, parts, wanted)
			}
		}
	})
}
