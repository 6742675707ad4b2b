package templates

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestColoursMustBeReadable(t *testing.T) {
	for _, c := range []struct {
		o          Options
		want, hint string
	}{
		{Options{}, "", ""},
		{Options{Accent: "#37409c", AccentDark: "#b1b8ff"}, "", ""},
		{Options{Accent: "#767676"}, "", ""},
		{Options{Accent: "#8A1C1C"}, "", ""},
		{Options{AccentDark: "#ffffff"}, "", ""},
		{Options{Paper: "#fbf5e9", PaperDark: "#101d18", Ink: "#2a211c", Accent: "#9c2f1b"}, "", ""},
		{
			Options{Accent: "#777777"},
			"accent: accent #777777 has a contrast of 4.47 on its background #ffffff: text needs 4.5",
			"the nearest accent that would do is #767676",
		},
		{Options{Accent: "#ffff00"}, "a contrast of 1.07", ""},
		{Options{AccentDark: "#37409c"}, "accent_dark: accent_dark #37409c has a contrast of 2.0", ""},
		{Options{Accent: "blue"}, `accent: accent "blue" is not a colour`, ""},
		{Options{Accent: "#FFF"}, "is not a colour", ""},
		{Options{PaperDark: "#12345g"}, "paper_dark: paper_dark \"#12345g\" is not a colour", ""},
		{Options{Ink: "#777777"}, "ink: ink #777777 has a contrast of 4.47 on its background #ffffff: text needs 7.0", ""},
		// Our ink and accent go with most papers: what they don't go with is the paper's fault.
		{Options{Paper: "#ff8800"}, "paper: accent #37409c has a contrast of 3.6", "the nearest paper that would do is #ffa53d"},
		{Options{Paper: "#000000"}, "paper: ink #1b1d22 has a contrast of 1.24", ""},
		{Options{PaperDark: "#ffffff"}, "paper_dark: ink_dark #eceef2 has a contrast of 1.16", ""},
		// A light ink on a dark paper is for dark mode.
		{Options{Paper: "#101010", Ink: "#f0f0f0", Accent: "#b1b8ff"}, "paper: ink #f0f0f0 has a contrast of", ""},
		{Options{Look: "broadsheet", Paper: "#fbf5e9", Wordmark: "sans small-caps"}, "", ""},
		{Options{Look: "tabloid"}, `look: there is no look "tabloid"`, "one of: broadsheet, calm"},
		{Options{Wordmark: "comic"}, `wordmark: there is no wordmark "comic"`, "one of: sans, sans small-caps, serif, serif small-caps"},
	} {
		var got, hint string
		if flaws := c.o.Flaws(); len(flaws) > 0 {
			got, hint = flaws[0].Key+": "+flaws[0].Problem, flaws[0].Hint
		}
		if !strings.Contains(got, c.want) || (c.want == "") != (got == "") || !strings.Contains(hint, c.hint) {
			t.Errorf("%+v: got %q and %q, want %q and %q", c.o, got, hint, c.want, c.hint)
		}
	}
	if _, err := Load(Options{Accent: "#777777"}); err == nil {
		t.Error("an accent that can't be read was taken")
	}
	set, err := Load(Options{Accent: "#8a1c1c"})
	if err != nil || set.tokens["accent"] != "#8a1c1c" || set.tokens["accent-dark"] != "#b1b8ff" {
		t.Errorf("got %v, %v", set, err)
	}
}

func TestWhoChoosesNoColourHasOurs(t *testing.T) {
	all := tokens(Options{Paper: "#FFFFFF", PaperDark: "#15171c", Ink: "#1b1d22", Accent: "#37409c", AccentDark: "#b1b8ff"})
	for name, want := range tokens(Options{}) {
		if all[name] != want {
			t.Errorf("%s is %s, want %s", name, all[name], want)
		}
	}
	if got := contrast(all["ink"], all["paper"]); got < 16.8 || got > 17 {
		t.Errorf("ink on paper: got %.1f, want 16.9", got)
	}
}

// TestTextIsReadWhateverColoursAreChosen: what is taken can be read, with all that is mixed
// from it; and of what is refused, the colour in the hint is taken.
func TestTextIsReadWhateverColoursAreChosen(t *testing.T) {
	colour := rapid.Custom(func(t *rapid.T) string {
		if rapid.Bool().Draw(t, "ours") {
			return ""
		}
		grey := rapid.SampledFrom([]int{0, 24, 128, 230, 255}).Draw(t, "grey")
		part := func(name string) int { return min(255, max(0, grey+rapid.IntRange(-60, 60).Draw(t, name))) }
		return fmt.Sprintf("#%02x%02x%02x", part("red"), part("green"), part("blue"))
	})
	rapid.Check(t, func(t *rapid.T) {
		o := Options{
			Look:  rapid.SampledFrom(slices.Sorted(maps.Keys(looks))).Draw(t, "look"),
			Paper: colour.Draw(t, "paper"), PaperDark: colour.Draw(t, "paper dark"), Ink: colour.Draw(t, "ink"),
			Accent: colour.Draw(t, "accent"), AccentDark: colour.Draw(t, "accent dark"),
		}
		for range 4 {
			for _, f := range o.Flaws() {
				_, better, _ := strings.Cut(f.Hint, " is ")
				*map[string]*string{
					"paper": &o.Paper, "paper_dark": &o.PaperDark, "ink": &o.Ink, "accent": &o.Accent, "accent_dark": &o.AccentDark,
				}[f.Key] = better
			}
		}
		if flaws := o.Flaws(); len(flaws) > 0 {
			t.Fatalf("%+v, after all hints: %v", o, flaws)
		}
		all := tokens(o)
		for name, want := range map[string]float64{"ink": 7, "muted": 6.95, "accent": 4.5, "bullet": 4.45, "edge": 2.95} {
			for _, mode := range []string{"", "-dark"} {
				if got := contrast(all[name+mode], all["paper"+mode]); got < want {
					t.Errorf("%+v: %s%s %s: got %.2f, want %.2f", o, name, mode, all[name+mode], got, want)
				}
			}
		}
		// A link stands on a wash too.
		for _, mode := range []string{"", "-dark"} {
			if got := contrast(all["accent"+mode], all["wash"+mode]); got < 4.5 {
				t.Errorf("%+v: accent%s on a wash of %s: got %.2f", o, mode, all["wash"+mode], got)
			}
		}
	})
}
