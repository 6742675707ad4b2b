package lint

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// enough is the contrast that text needs to its background (WCAG 1.4.3).
const enough = 4.5

// dark is what a rule for dark mode stands within.
const dark = "prefers-color-scheme:dark"

// painted is how the text of an element is painted, and the declaration that says so.
type painted struct {
	colour, colourRaw, paper string
	// variables are the values of those that hold here, such as "--ink".
	variables map[string]string
}

// unseen are elements whose text nobody sees on the page.
var unseen = []string{"style", "title", "script", "template", "noscript"}

// contrasts looks at all text of a page as it is painted in light or in dark mode, and gives
// how it is painted to judge.
func (p *page) contrasts(mode string, judge func(at painted, mode string)) {
	rules := slices.DeleteFunc(slices.Clone(p.rules), func(r weighedRule) bool {
		return r.within != "" && (mode != "dark" || !strings.Contains(r.within, dark))
	})
	var walk func(n *html.Node, at painted)
	walk = func(n *html.Node, at painted) {
		if n.Type == html.ElementNode {
			if slices.Contains(unseen, n.Data) || hidden(n) {
				return
			}
			at = p.paint(n, at, rules)
		}
		// A colour that is not known here is not judged.
		if n.Type == html.TextNode && strings.TrimSpace(n.Data) != "" && at.colour != "" && at.paper != "" {
			judge(at, mode)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, at)
		}
	}
	walk(p.root, painted{colour: "#000000", paper: "#ffffff"})
}

// reads says where text has too little contrast.
func (p *page) reads(at painted, mode string) {
	if ratio := contrast(at.colour, at.paper); ratio < enough {
		p.flaw(at.colourRaw, fmt.Sprintf("text in %s on %s has a contrast of %.2f in %s mode: it needs %.1f",
			at.colour, at.paper, math.Floor(ratio*100)/100, mode, enough), "make one of them darker, the other paler")
	}
}

// hidden says whether an element's own style keeps it out of sight.
func hidden(n *html.Node) bool {
	return slices.ContainsFunc(declarations(attribute(n, "style")), func(d declaration) bool {
		return d.property == "display" && d.value == "none"
	})
}

// paint is how an element is painted that stands in one that is painted so.
func (p *page) paint(n *html.Node, at painted, rules []weighedRule) painted {
	around := at
	if n.Data == "a" && attribute(n, "href") != "" {
		at.colour, at.colourRaw = "#0000ee", ""
	}
	if c, ok := colourIn(attribute(n, "bgcolor")); ok {
		at.paper = c
	}
	all := cascade(n, rules)
	at.variables = variables(at.variables, all)
	for _, d := range all {
		if d.property != "color" && d.property != "background-color" && d.property != "background" {
			continue
		}
		value := p.resolved(d, at.variables)
		c, known := colourIn(value)
		switch {
		case d.property == "color" && value == "inherit":
			at.colour, at.colourRaw = around.colour, around.colourRaw
		case d.property == "color":
			at.colour, at.colourRaw = c, d.raw
		case value == "inherit" || value == "transparent" || value == "none":
			at.paper = around.paper
		case d.property == "background-color" || known || !strings.Contains(value, "none"):
			at.paper = c
		}
	}
	return at
}

// variables gives those that hold where the ones around do and these are declared.
func variables(around map[string]string, all []declaration) map[string]string {
	is, own := around, false
	for _, d := range all {
		if !strings.HasPrefix(d.property, "--") {
			continue
		}
		if !own {
			is, own = maps.Clone(around), true
		}
		if is == nil {
			is = map[string]string{}
		}
		is[d.property] = d.value
	}
	return is
}

var variable = regexp.MustCompile(`var\(\s*(--[a-zA-Z0-9_-]+)\s*(?:,([^()]*))?\)`)

// resolved gives the value of a declaration with its variables replaced, and says which of
// them have no value.
func (p *page) resolved(d declaration, known map[string]string) string {
	return variable.ReplaceAllStringFunc(d.value, func(use string) string {
		m := variable.FindStringSubmatch(use)
		value, ok := known[m[1]]
		if !ok && m[2] == "" {
			p.flaw(d.raw, "the variable "+m[1]+" has no value here", "declare it in :root, as those of the built-in pages are")
		}
		return strings.TrimSpace(cmp.Or(value, m[2]))
	})
}

// contrast is the contrast ratio of two colours (WCAG 2, contrast ratio).
func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(colour string) float64 {
	rgb := linear(colour)
	return 0.2126*rgb[0] + 0.7152*rgb[1] + 0.0722*rgb[2]
}
