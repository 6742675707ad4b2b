package templates

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
)

// A LooksFlaw says why something of the looks in [layout] can't be used.
type LooksFlaw struct {
	// Key is its name in the configuration, such as "accent_dark".
	Key string
	// Problem says what is wrong: of a colour the contrast that it has, and the one it
	// needs. Hint names what would do, such as the nearest colour.
	Problem, Hint string
}

func (f LooksFlaw) Error() string { return f.Problem }

var colourForm = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// Flaws says what can't be used of the looks that a publication chose: each key once. Text
// must be read in each colour on its paper. Of two that don't go together the colour is
// named, but the paper if the colour is ours.
func (o Options) Flaws() []LooksFlaw {
	var flaws []LooksFlaw
	if _, known := looks[o.Look]; !known && o.Look != "" {
		flaws = append(flaws, LooksFlaw{
			"look", fmt.Sprintf("there is no look %q", o.Look),
			"one of: " + strings.Join(slices.Sorted(maps.Keys(looks)), ", "),
		})
		o.Look = "" // The rest is looked at as if it were ours.
	}
	if _, known := wordmarks[o.Wordmark]; !known && o.Wordmark != "" {
		flaws = append(flaws, LooksFlaw{
			"wordmark", fmt.Sprintf("there is no wordmark %q", o.Wordmark),
			"one of: " + strings.Join(slices.Sorted(maps.Keys(wordmarks)), ", "),
		})
	}
	for key, colour := range map[string]*string{
		"paper": &o.Paper, "paper_dark": &o.PaperDark, "ink": &o.Ink, "accent": &o.Accent, "accent_dark": &o.AccentDark,
	} {
		if *colour == "" || colourForm.MatchString(strings.ToLower(*colour)) {
			continue
		}
		flaws = append(flaws, LooksFlaw{
			key, fmt.Sprintf("%s %q is not a colour of six hexadecimal digits, like #37409c", key, *colour),
			"a # and two digits each of red, green and blue, from 00 to ff",
		})
		*colour = "" // The others are looked at as if it were ours.
	}
	slices.SortFunc(flaws, func(a, b LooksFlaw) int { return strings.Compare(a.Key, b.Key) })
	light, dark := o.colours()
	return slices.Concat(flaws, light.flaws(o.ready().light, "", black, white),
		dark.flaws(o.ready().dark, "_dark", white, black))
}

const black, white = "#000000", "#ffffff"

// flaws gives those of a palette, whose keys end in suffix. Its ink lies towards one end of
// all greys, and its paper towards the other: white on black is read as well, but not where
// a mail program expects dark text.
func (p palette) flaws(own palette, suffix, inkEnd, paperEnd string) []LooksFlaw {
	var flaws []LooksFlaw
	for _, text := range []struct {
		key, colour, own string
		need             float64
	}{
		{"ink" + suffix, p.ink, own.ink, enoughForInk},
		{"accent" + suffix, p.accent, own.accent, enoughForText},
	} {
		if reads(text.colour, p.paper, inkEnd, text.need) {
			continue
		}
		f := LooksFlaw{Key: text.key}
		f.Problem = fmt.Sprintf("%s %s has a contrast of %.2f on its background %s: text needs %.1f",
			text.key, text.colour, math.Floor(100*contrast(text.colour, p.paper))/100, p.paper, text.need)
		better := nearest(text.colour, p.paper, inkEnd, text.need)
		switch {
		case !reads(inkEnd, p.paper, inkEnd, text.need):
			// No ink is enough for this paper.
			f.Key, better = "paper"+suffix, nearest(p.paper, inkEnd, paperEnd, text.need)
		case text.colour == text.own:
			f.Key, better = "paper"+suffix, nearest(p.paper, text.colour, paperEnd, text.need)
		}
		f.Hint = fmt.Sprintf("the nearest %s that would do is %s", f.Key, better)
		if len(flaws) == 0 || flaws[0].Key != f.Key {
			flaws = append(flaws, f)
		}
	}
	return flaws
}

// reads says whether a colour has the contrast to another, on the side of this end.
func reads(colour, against, end string, need float64) bool {
	return (luminance(colour) < luminance(against)) == (end == black) && contrast(colour, against) >= need
}

// nearest gives the first colour on the way from one to an end, black or white, that has the
// contrast to another.
func nearest(colour, against, end string, need float64) string {
	for at := 0.0; at < 1; at += 0.01 {
		if c := mixed(colour, end, at); reads(c, against, end, need) {
			return c
		}
	}
	return end
}
