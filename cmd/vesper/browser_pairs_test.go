package main

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/render"
	"vesper/digest/whole"
	"vesper/templates"
)

// The ways in which one edition differs from another to the eye. The first look is the one
// without a setting.
var (
	modes      = []string{"light", "dark", "forced", "bare"}
	widths     = []int{375, 280, 1100, 700, 320, 480, 600, 900}
	amounts    = []int{5, 1, 12, 2, 30}
	languages  = []string{"en", "ar", "de", "es", "fr", "it", "pt"}
	readyLooks = []string{"calm", "broadsheet"}
)

// fixturesOf names the made-up articles of each language.
var fixturesOf = map[string]string{
	"en": "articles", "ar": "arabic", "de": "german", "es": "spanish", "fr": "french", "it": "italian", "pt": "portuguese",
}

// sight is one picture: an edition of so many articles in a language and a look, seen in a
// mode on a window of a width.
type sight struct {
	mode, language, look string
	width, articles      int
}

// name says what the picture shows.
func (s sight) name() string {
	return fmt.Sprintf("%s-%d-%s", s.page(), s.width, s.mode)
}

func (s sight) page() string { return fmt.Sprintf("pairs-%s-%s-%02d", s.look, s.language, s.articles) }

func (s sight) view() view {
	return view{width: s.width, dark: s.mode == "dark", bare: s.mode == "bare", forced: s.mode == "forced"}
}

// pairs gives each two values that meet in a sight.
func (s sight) pairs() (all [][2]string) {
	values := []string{s.mode, s.language, s.look, fmt.Sprint(s.width, " px"), fmt.Sprint(s.articles, " articles")}
	for i, a := range values {
		for _, b := range values[i+1:] {
			all = append(all, [2]string{a, b})
		}
	}
	return all
}

// everySight gives all combinations.
func everySight() (all []sight) {
	for _, mode := range modes {
		for _, language := range languages {
			for _, width := range widths {
				for _, articles := range amounts {
					for _, look := range readyLooks {
						all = append(all, sight{mode: mode, language: language, look: look, width: width, articles: articles})
					}
				}
			}
		}
	}
	return all
}

// pairwise chooses the sights in which every two values meet that can: always the one that
// has the most new pairs, so that the first ones differ most. The choice is the same each time.
func pairwise(all []sight) (chosen []sight) {
	met, pairs := map[[2]string]bool{}, make([][][2]string, len(all))
	for i, s := range all {
		pairs[i] = s.pairs()
	}
	for {
		best, most := 0, 0
		for i := range all {
			fresh := 0
			for _, p := range pairs[i] {
				if !met[p] {
					fresh++
				}
			}
			if fresh > most {
				best, most = i, fresh
			}
		}
		if most == 0 {
			return chosen
		}
		for _, p := range pairs[best] {
			met[p] = true
		}
		chosen = append(chosen, all[best])
	}
}

// TestEveryTwoValuesMeetInASight: nothing that breaks where two values meet is left out, and
// the pictures are few enough to be looked at.
func TestEveryTwoValuesMeetInASight(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	met, names := map[[2]string]bool{}, map[string]bool{}
	chosen := pairwise(everySight())
	for _, s := range chosen {
		names[s.name()] = true
		for _, p := range s.pairs() {
			met[p] = true
		}
	}
	for _, s := range everySight() {
		for _, p := range s.pairs() {
			if !met[p] {
				t.Fatalf("no sight has %s with %s", p[0], p[1])
			}
		}
	}
	if len(names) != len(chosen) || len(chosen) > 250 {
		t.Errorf("%d names for %d pictures, want as many and 250 at most", len(names), len(chosen))
	}
	if !slices.Equal(chosen, pairwise(everySight())) {
		t.Error("the choice differs from one time to the next")
	}
}

// setIn gives the templates in a ready look.
func setIn(t *testing.T, look string) *templates.Set {
	t.Helper()
	set, err := templates.Load(templates.Options{Look: look})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// editionOf renders an edition of so many articles in a ready look. Where a language has
// fewer, they come again.
func editionOf(t *testing.T, look, language string, articles int) string {
	t.Helper()
	all, err := render.Fixtures(fixturesOf[language])
	if err != nil {
		t.Fatal(err)
	}
	p, title := render.SpecimenPublication(language)
	six := time.Date(2026, time.November, 22, 18, 0, 0, 0, time.UTC)
	e := digest.Edition{
		ID: digest.ID{Date: digest.DateOf(six), Slot: "evening", Sequence: 1}, PaperNumber: 214, Title: title,
		Window: digest.Window{From: six.AddDate(0, 0, -1), To: six}, Next: six.AddDate(0, 0, 1),
	}
	for i := range articles {
		a := all[i%len(all)]
		a.ID = fmt.Sprint(a.ID, "-", i)
		e.Articles = append(e.Articles, a)
	}
	r := render.Renderer{Publication: p, Layout: render.Layout{Lead: 1, Stories: 5, QuickLooks: 5}, Templates: setIn(t, look)}
	const token = "AQF1kJ3vQmR0aTzC5xJbW8LnA7Yk2vQmR0aT"
	html, err := r.HTML(e, render.Reader{
		Address: "ines@reader.example", Since: six.AddDate(0, -8, -10),
		Unsubscribe: token, Preferences: "p" + token[1:],
	})
	if err != nil {
		t.Fatal(err)
	}
	return html
}

// TestReadersSeeEveryKindOfEdition looks at editions of one to thirty articles in every
// ready look and language on windows from 280 to 1,100 pixels: by day, by night, as programs
// show them that darken what they get, and as those that drop the styles. VESPER_SHOTS names
// a folder for pictures.
func TestReadersSeeEveryKindOfEdition(t *testing.T) {
	t.Parallel()
	sights := whole.First(t, 6, pairwise(everySight()))
	// A page that is open stays open while it is seen in another way.
	sights = slices.Clone(sights)
	slices.SortStableFunc(sights, func(a, b sight) int {
		return cmp.Or(cmp.Compare(a.page(), b.page()), cmp.Compare(a.mode, b.mode))
	})
	var pages []golden
	for _, s := range sights {
		if !slices.ContainsFunc(pages, func(p golden) bool { return p.name == s.page() }) {
			pages = append(pages, golden{name: s.page(), html: editionOf(t, s.look, s.language, s.articles), email: true})
		}
	}
	b := startBrowser(t, pages)
	for _, s := range sights {
		p := pages[slices.IndexFunc(pages, func(p golden) bool { return p.name == s.page() })]
		for _, wrong := range b.look(t, p, s.view()) {
			t.Errorf("%s: %s", s.name(), wrong)
		}
		b.shoot(t, s.name(), s.width)
	}
}
