package digest_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vesper/digest"
)

func TestOnlyWhatWasNotSaidBeforeIsANewQuickLook(t *testing.T) {
	printed := []string{
		"Nine port cities signed a shared flood-protection agreement.",
		"At least 12 people were hurt when the bridge fell on Sunday.",
		"The budget is 1,200 million dollars for three winters.",
		"Chair: “We will not buy a door we cannot open.”",
		"港口城市签署了共同的防洪协议。",
	}
	for name, c := range map[string]struct {
		now   string
		isNew bool
	}{
		"the same":                    {printed[0], false},
		"in capitals, without a stop": {"NINE PORT CITIES SIGNED A SHARED FLOOD PROTECTION AGREEMENT", false},
		"a typo mended":               {"Nine port cities signed a shered flood-protection agreement.", false},
		"two letters exchanged":       {"Nine port citeis signed a shared flood-protection agreement.", false},
		"a letter less":               {"Nine port cities signed a shared flod-protection agreement.", false},
		"other quotation marks":       {`Chair: "We will not buy a door we cannot open."`, false},
		"one word more":               {"Nine port cities have signed a shared flood-protection agreement.", false},
		"another order":               {"A shared flood-protection agreement signed nine port cities.", false},
		"shortened":                   {"Nine port cities signed a shared agreement.", false},
		"a figure in another form":    {"The budget is 1.200 million dollars for three winters.", false},
		"a figure that has risen":     {"At least 14 people were hurt when the bridge fell on Sunday.", true},
		"something else":              {"The tenth city will vote on it in March.", true},
		"the same with much more":     {"Nine port cities signed, and Rotterdam pays for the first three barriers.", true},
		"nothing to read":             {"– … –", false},
		"the same, without spaces":    {"港口城市签署了共同的防洪协定。", false},
		"else, without spaces":        {"第十座城市将于三月投票。", true},
	} {
		if got := digest.NewLooks([]string{c.now}, printed); (len(got) > 0) != c.isNew {
			t.Errorf("%s: got %q", name, got)
		}
	}
	twice := []string{"A tenth city joins.", "A tenth city joins.", printed[1]}
	if diff := cmp.Diff(twice[:1], digest.NewLooks(twice, printed)); diff != "" {
		t.Error(diff)
	}
}

// TestNoTypoMakesAQuickLookNew: whatever one letter is mended, nothing is new; and what has
// no word in common with what was printed always is.
func TestNoTypoMakesAQuickLookNew(t *testing.T) {
	word := rapid.StringMatching(`[a-hé]{4,9}`)
	other := rapid.StringMatching(`[p-zß]{4,9}`)
	rapid.Check(t, func(t *rapid.T) {
		var printed []string
		for range rapid.IntRange(1, 8).Draw(t, "looks") {
			printed = append(printed, strings.Join(rapid.SliceOfN(word, 1, 12).Draw(t, "words"), " ")+".")
		}
		mended := slices.Clone(printed)
		for i := range mended {
			words := strings.Fields(mended[i])
			at := rapid.IntRange(0, len(words)-1).Draw(t, "word")
			letters := []rune(strings.TrimRight(words[at], "."))
			letters[rapid.IntRange(0, len(letters)-1).Draw(t, "letter")] = 'x'
			words[at] = string(letters)
			mended[i] = strings.Join(words, " ")
		}
		rand.Shuffle(len(mended), func(i, j int) { mended[i], mended[j] = mended[j], mended[i] })
		if fresh := digest.NewLooks(mended, printed); len(fresh) > 0 {
			t.Fatalf("%q are new beside %q", fresh, printed)
		}
		strange := strings.Join(rapid.SliceOfN(other, 1, 12).Draw(t, "others"), " ")
		if fresh := digest.NewLooks(append(mended, strange), printed); !slices.Equal(fresh, []string{strange}) {
			t.Fatalf("%q are new, want %q", fresh, strange)
		}
	})
}

func TestAnUpdateSaysWhatItUpdatesAndIsNoCopy(t *testing.T) {
	words := strings.Repeat("The council of the port voted on the tidal gates again tonight. ", 5)
	first := at("gates", six.Add(-30*60*1e9))
	first.Headline, first.Summary, first.QuickLooks = "Gates", words, []string{"Nine voted for it."}
	update := first
	update.ID, update.Updates, update.QuickLooks = "gates-updated", "gates", []string{"The vote is void.", "A second follows."}
	update.Feed = "wire.example"
	other := update
	other.ID, other.Updates = "gates-2", "unknown"
	c := call()
	c.Printed = map[string]digest.ID{"gates": monday}
	var said []string
	for _, choice := range digest.Pick([]digest.Article{first, update}, c) {
		if choice.Article.ID == "gates-updated" && choice.Picked {
			said = append(said, choice.Update)
		}
	}
	want := []string{`update of "gates", printed in 2026-11-21-evening: 2 new Quick Looks`}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Error(diff)
	}
	choices := digest.Pick([]digest.Article{other}, c)
	if got, want := choices[0].Update, `update of "unknown", which was not printed`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	// Printed once.
	c.Printed["gates-updated"] = monday
	if picked := digest.Picked(digest.Pick([]digest.Article{first, update}, c)); len(picked) > 0 {
		t.Errorf("picked %v", picked)
	}
}

// FuzzNewLooks: whatever two sources say, nothing is new beside itself, and what is new was
// there.
func FuzzNewLooks(f *testing.F) {
	f.Add("Nine port cities signed.\nA tenth waits, 1,200.5 m away.", "Nine port citeis signed.\n\xff,\xff1.\xe2")
	f.Add("港口城市签署了协议。\n– …", "1.\n2,3\n..,")
	f.Fuzz(func(t *testing.T, now, printed string) {
		looks := strings.Split(now, "\n")
		if fresh := digest.NewLooks(looks, looks); len(fresh) > 0 {
			t.Errorf("%q are new beside themselves", fresh)
		}
		for _, q := range digest.NewLooks(looks, strings.Split(printed, "\n")) {
			if !slices.Contains(looks, q) {
				t.Errorf("%q was not there", q)
			}
		}
	})
}
