package lint

import (
	"fmt"
	"math"
	"strconv"
)

// Some mail programs make light mail dark by themselves, whatever its styles say: they turn
// dark text pale and pale paper dark, and leave what is neither. Where they draw the line
// differs; these are the brightnesses (of 255) at which Chromium, and the programs that show
// mail with it, does.
const (
	darkText  = 150
	palePaper = 205
)

// enoughForced is the contrast that text must keep there: what large text needs at least.
const enoughForced = 3

// readsForced says where text has too little contrast once such a program has been at it.
func (p *page) readsForced(at painted, _ string) {
	text, paper := at.colour, at.paper
	if contrast(text, paper) < enough {
		return // That is said already.
	}
	if brightness(text) < darkText {
		text = turned(text)
	}
	if brightness(paper) > palePaper {
		paper = turned(paper)
	}
	if ratio := contrast(text, paper); ratio < enoughForced {
		p.flaw(at.colourRaw, fmt.Sprintf("text in %s on %s comes out as %s on %s, a contrast of %.2f, in mail programs"+
			" that make mail dark by themselves: it needs %d",
			at.colour, at.paper, text, paper, math.Floor(ratio*100)/100, enoughForced),
			"they turn dark text and pale paper, and leave what is between: make the paper paler or darker")
	}
}

// brightness is that of W3C's "Techniques for accessibility evaluation", from 0 to 255.
func brightness(colour string) float64 {
	rgb := parts(colour)
	return (299*rgb[0] + 587*rgb[1] + 114*rgb[2]) / 1000
}

// parts gives the red, green and blue of a colour, each from 0 to 255.
func parts(colour string) (rgb [3]float64) {
	for i := range rgb {
		n, _ := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		rgb[i] = float64(n)
	}
	return rgb
}

// linear gives the same as shares of the light, each from 0 to 1 (sRGB).
func linear(colour string) [3]float64 {
	rgb := parts(colour)
	for i, c := range rgb {
		if c /= 255; c <= 0.04045 {
			rgb[i] = c / 12.92
		} else {
			rgb[i] = math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return rgb
}

// white is that of sRGB in CIE XYZ (D65).
var white = [3]float64{0.9505, 1, 1.089}

// turned gives a colour with its lightness turned round, and its hue kept (CIE Lab). What
// is white becomes not quite black.
func turned(colour string) string {
	rgb := linear(colour)
	xyz := [3]float64{
		0.4124*rgb[0] + 0.3576*rgb[1] + 0.1805*rgb[2],
		0.2126*rgb[0] + 0.7152*rgb[1] + 0.0722*rgb[2],
		0.0193*rgb[0] + 0.1192*rgb[1] + 0.9505*rgb[2],
	}
	const cut = 6.0 / 29
	var f [3]float64
	for i := range xyz {
		if t := xyz[i] / white[i]; t > cut*cut*cut {
			f[i] = math.Cbrt(t)
		} else {
			f[i] = t/(3*cut*cut) + 4.0/29
		}
	}
	lightness := 116*f[1] - 16
	// The other two of Lab are differences to the lightness, and go with it.
	shift := (min(110-lightness, 100) - lightness) / 116
	for i := range xyz {
		if t := f[i] + shift; t > cut {
			xyz[i] = white[i] * t * t * t
		} else {
			xyz[i] = white[i] * 3 * cut * cut * (t - 4.0/29)
		}
	}
	return hex(
		3.2406*xyz[0]-1.5372*xyz[1]-0.4986*xyz[2],
		-0.9689*xyz[0]+1.8758*xyz[1]+0.0415*xyz[2],
		0.0557*xyz[0]-0.2040*xyz[1]+1.0570*xyz[2],
	)
}

// hex writes shares of the light as a colour.
func hex(rgb ...float64) string {
	s := "#"
	for _, c := range rgb {
		if c <= 0.0031308 {
			c *= 12.92
		} else {
			c = 1.055*math.Pow(c, 1/2.4) - 0.055
		}
		s += fmt.Sprintf("%02x", int(math.Round(255*max(0, min(1, c)))))
	}
	return s
}
