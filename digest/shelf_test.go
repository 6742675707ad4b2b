package digest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// leaveOutPairwise is the rule without an index: each article is compared with each.
func (call Call) leaveOutPairwise(choices []Choice) {
	var gists []*gist
	var first time.Time
	for _, c := range choices {
		if c.Picked && (first.IsZero() || c.Article.Time().Before(first)) {
			first = c.Article.Time()
		}
	}
	for i := range choices {
		c := &choices[i]
		printed := c.Verdict == VerdictPrinted && !c.Article.Time().Before(first.Add(-sameWithin))
		if c.Picked || (printed || c.Verdict == VerdictEmbargo) && !first.IsZero() {
			g := &gist{choice: c}
			if g.read(); len(g.shingles) >= leastShingles {
				gists = append(gists, g)
			}
		}
	}
	slices.SortFunc(gists, func(a, b *gist) int {
		return cmp.Or(cmp.Compare(call.merit(*a.choice), call.merit(*b.choice)),
			a.choice.Article.Time().Compare(b.choice.Article.Time()), cmp.Compare(a.choice.Article.ID, b.choice.Article.ID))
	})
	var kept []*gist
	for _, g := range gists {
		var keep *gist
		most := 0.0
		for _, k := range kept {
			both := 0
			for _, s := range g.shingles {
				if slices.Contains(k.shingles, s) {
					both++
				}
			}
			if part := share(both, len(g.shingles), len(k.shingles)); g.tells(k, part) && part > most {
				keep, most = k, part
			}
		}
		if keep == nil || !g.choice.Picked || !call.yields(*g.choice, *keep.choice) {
			kept = append(kept, g)
			continue
		}
		other := *keep.choice
		verdict := VerdictCopy
		if other.Verdict == VerdictEmbargo {
			verdict = VerdictEmbargo
		}
		g.choice.leaveOut(verdict, fmt.Sprintf("the same story as %q, because %.0f %% of their words are the same; "+
			"that one %s", other.Article.ID, 100*most, call.meritOf(other)))
		g.choice.Twin = other.Article.ID
	}
}

// TestTheIndexFindsWhatComparingEachWithEachFinds in articles that are cut from few texts and
// changed a little, so that many are just like enough and many just not.
func TestTheIndexFindsWhatComparingEachWithEachFinds(t *testing.T) {
	left := 0
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		r := rand.New(rand.NewPCG(seed, 1))
		call, choices := foundDesk(r)
		pairwise := slices.Clone(choices)
		call.leaveOutSameStories(choices)
		call.leaveOutPairwise(pairwise)
		if diff := gocmp.Diff(pairwise, choices); diff != "" {
			t.Error(diff)
		}
		for _, c := range choices {
			if c.Twin != "" {
				left++
			}
		}
	})
	if left < 10 {
		t.Errorf("only %d articles were left out in all: the test compares nothing", left)
	}
}

// foundDesk gives a few dozen articles of a few feeds.
func foundDesk(r *rand.Rand) (Call, []Choice) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	words := func(n, of int) (all []string) {
		for range n {
			all = append(all, fmt.Sprintf("w%c%c", 'a'+r.IntN(of), 'a'+r.IntN(of)))
		}
		return all
	}
	figures := func(n int) (all []string) {
		for range n {
			all = append(all, fmt.Sprint(1+r.IntN(6)))
		}
		return all
	}
	var stories [][]string
	for range 1 + r.IntN(5) {
		stories = append(stories, append(words(10+r.IntN(90), 3+r.IntN(20)), figures(r.IntN(6))...))
	}
	var choices []Choice
	var call Call
	for i := range 5 + r.IntN(50) {
		text := slices.Clone(stories[r.IntN(len(stories))])
		for range r.IntN(1 + len(text)/4) {
			text[r.IntN(len(text))] = words(1, 20)[0]
		}
		text = append(text, figures(r.IntN(4))...)
		text = append(text, words(r.IntN(20), 20)...)
		a := Article{
			ID: fmt.Sprintf("a%02d", i), Feed: []string{"", "", "one", "two", "three"}[r.IntN(5)],
			Headline: strings.Join(text[:4], " "), Summary: strings.Join(text[4:], " "),
			Published: at.Add(time.Duration(r.IntN(100)) * time.Hour),
		}
		if r.IntN(4) == 0 {
			a.QuickLooks = words(3, 20)
		}
		if i > 0 && r.IntN(10) == 0 {
			a.Updates = fmt.Sprintf("a%02d", r.IntN(i))
		}
		c := Choice{Article: a, Picked: true, Verdict: VerdictPrinted}
		switch r.IntN(8) {
		case 0:
			c.leaveOut(VerdictPrinted, "printed")
		case 1:
			c.Article.Embargo = a.Published.Add(100 * time.Hour)
			c.leaveOut(VerdictEmbargo, "embargo")
		case 2:
			c.leaveOut(VerdictOld, "old")
		case 3:
			call.Pins = append(call.Pins, a.ID)
		}
		choices = append(choices, c)
	}
	return call, choices
}

// BenchmarkPick has desks of articles of which each has a third of its words from a text
// that all have: what people wrote, what fifty feeds brought, and both; and columns of two
// feeds that are alike but for their figures. Twice the desk is to take about twice the time.
func BenchmarkPick(b *testing.B) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	r := rand.New(rand.NewPCG(1, 2))
	story := func(words, of int) string {
		var s strings.Builder
		for range words {
			word := []byte(strconv.Itoa(int(float64(of) * r.Float64() * r.Float64())))
			for i := range word {
				word[i] += 'a' - '0'
			}
			s.Write(append(word, ' '))
		}
		return s.String()
	}
	common := story(50, 20000)
	for name, make := range map[string]func(i int) Article{
		"people": func(int) Article { return Article{DeepLook: []Block{{Text: story(100, 20000) + common}}} },
		"feeds": func(i int) Article {
			return Article{Feed: fmt.Sprint(i % 50), DeepLook: []Block{{Text: common + story(100, 20000)}}}
		},
		"both": func(i int) Article {
			return Article{Feed: []string{"", "x"}[i%2], DeepLook: []Block{{Text: common + story(100, 20000)}}}
		},
		"columns": func(i int) Article {
			text := common
			for range 8 {
				text += fmt.Sprintf(" and %d", r.IntN(100000))
			}
			return Article{Feed: []string{"one", "two"}[i%2], DeepLook: []Block{{Text: text + common}}}
		},
	} {
		for _, n := range []int{4000, 20000} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				articles := []Article{}
				for i := range n {
					a := make(i)
					a.ID, a.Headline, a.Published = fmt.Sprint(i), fmt.Sprintf("Headline of %d", i), at
					articles = append(articles, a)
				}
				call := Call{Window: Window{at.Add(-time.Hour), at.Add(time.Hour)}}
				b.ReportAllocs()
				for b.Loop() {
					Pick(articles, call)
				}
			})
		}
	}
}
