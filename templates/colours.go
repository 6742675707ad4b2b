package templates

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// palette is the colours of light paper, or of dark paper, as #rrggbb. Text has a contrast
// of at least 4.5 to its paper, in ink and muted of 7, and the edges of controls one of 3
// (WCAG 1.4.3, 1.4.6, 1.4.11). Links stand on a wash as well. A line is only decoration.
type palette struct{ paper, ink, accent, muted, line, edge, bullet, wash string }

// Ours, which were chosen by eye. They are those of the look that is called calm.
var (
	ours = palette{
		paper: "#ffffff", ink: "#1b1d22", accent: "#37409c",
		muted: "#525863", line: "#d9dce1", edge: "#858c98", bullet: "#636b9f", wash: "#f4f5f8",
	}
	oursDark = palette{
		paper: "#15171c", ink: "#eceef2", accent: "#b1b8ff",
		muted: "#a6adb9", line: "#30353e", edge: "#7d8592", bullet: "#8d94d6", wash: "#1e2128",
	}
)

// The contrasts that text, long text, and the edge of a control need to their paper.
const (
	enoughForText = 4.5
	enoughForInk  = 7
	enoughForEdge = 3
)

// colours gives the palettes of light and of dark paper: what a publication chose, and from
// it the rest.
func (o Options) colours() (light, dark palette) {
	is := o.ready()
	return is.light.with(o.Paper, o.Ink, o.Accent), is.dark.with(o.PaperDark, "", o.AccentDark)
}

// with gives a palette with these colours. The others are mixed anew if what they are mixed
// from has changed: as pale as they may be.
func (p palette) with(paper, ink, accent string) palette {
	is := p
	is.paper, is.ink = cmp.Or(strings.ToLower(paper), p.paper), cmp.Or(strings.ToLower(ink), p.ink)
	is.accent = cmp.Or(strings.ToLower(accent), p.accent)
	if is.paper != p.paper || is.ink != p.ink {
		is.muted = palest(is.ink, is.paper, 0.45, enoughForInk)
		is.edge = palest(is.ink, is.paper, 1, enoughForEdge)
		is.line, is.wash = mixed(is.ink, is.paper, 0.85), mixed(is.ink, is.paper, fullWash)
	}
	is.wash = is.washed()
	if is.paper != p.paper || is.accent != p.accent {
		is.bullet = palest(is.accent, is.paper, 0.3, enoughForText)
	}
	return is
}

// fullWash is how near to the paper a wash is, from the ink on.
const fullWash = 0.96

// washed gives the palette's wash, or a paler one if a link would be hard to read on it: the
// paper itself at the end.
func (p palette) washed() string {
	wash := p.wash
	for at := fullWash; at < 1 && contrast(p.accent, wash) < enoughForText; {
		at += 0.01
		wash = mixed(p.ink, p.paper, min(1, at))
	}
	return wash
}

// palest mixes a colour with its paper, at most so far, while it keeps the contrast.
func palest(colour, paper string, most, need float64) string {
	pale := colour
	for t := 0.0; t <= most; t += 0.01 {
		c := mixed(colour, paper, t)
		if contrast(c, paper) < need {
			break
		}
		pale = c
	}
	return pale
}

// mixed gives the colour that lies between two, at 0 the first and at 1 the second.
func mixed(a, b string, at float64) string {
	x, y := parts(a), parts(b)
	for i := range x {
		x[i] += (y[i] - x[i]) * at
	}
	return fmt.Sprintf("#%02x%02x%02x", int(math.Round(x[0])), int(math.Round(x[1])), int(math.Round(x[2])))
}

// parts gives the red, green and blue of a colour, each from 0 to 255.
func parts(colour string) (rgb [3]float64) {
	for i := range rgb {
		n, _ := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		rgb[i] = float64(n)
	}
	return rgb
}

// contrast is the contrast ratio of two colours (WCAG 2, contrast ratio).
func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is the relative luminance of a colour (WCAG 2).
func luminance(colour string) float64 {
	sum := 0.0
	for i, c := range parts(colour) {
		c /= 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += []float64{0.2126, 0.7152, 0.0722}[i] * c
	}
	return sum
}
