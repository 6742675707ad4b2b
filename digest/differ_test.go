package digest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatDiffersIsSaidInAFewLines(t *testing.T) {
	article := func(id, headline string) Article { return Article{ID: id, Headline: headline} }
	was := Edition{
		Articles: []Article{article("a", "Harbour"), article("b", "Trains"), article("c", "Tides"), article("d", "Market")},
		Note:     "We were late.",
	}
	is := Edition{
		Articles: []Article{
			article("d", "Market"), article("e", "Ferries"), article("a", "Harbour reopens"), article("b", "Trains"),
		},
		Subject: "Market day", Tomorrow: Tomorrow{Lines: []string{"A vote"}},
	}
	want := []string{
		"new, number 2: Ferries", "taken out: Tides", "changed: Harbour reopens (headline)",
		"moved from number 4 to 1: Market", "the subject: Market day", "the note is taken away", "what tomorrow brings",
	}
	if diff := cmp.Diff(want, Differences(was, is)); diff != "" {
		t.Error(diff)
	}
	if same := Differences(was, was); len(same) != 0 {
		t.Errorf("nothing differs, and got %q", same)
	}
}

func TestAVersionIsMeantByItsBeginning(t *testing.T) {
	h := Opening{WebView: []byte("a")}.Hash()
	if !h.Is(h.String()) || h.Is(h.String()[:8]) || h.Is("") || h.Is("0123456789ab") || (ContentHash{}).String() != "" {
		t.Errorf("%s", h)
	}
}
