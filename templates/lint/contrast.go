package lint

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// enough is the contrast that text needs to its background (WCAG 1.4.3).
const enough = 4.5

// dark is what a rule for dark mode stands within.
const dark = "prefers-color-scheme:dark"

// painted is how the text of an element is painted, and the words that say so.
type painted struct{ colour, colourRaw, paper string }

// contrasts looks at all text of a page, in light or in dark mode.
func (p *page) contrasts(mode string) {
	var walk func(n *html.Node, at painted)
	walk = func(n *html.Node, at painted) {
		if n.Type == html.ElementNode {
			if n.Data == "style" || n.Data == "title" {
				return
			}
			if hidden(n) {
				return
			}
			at = p.paint(n, at, mode)
		}
		if n.Type == html.TextNode && strings.TrimSpace(n.Data) != "" {
			// A colour that is not known here is not judged.
			if at.colour == "" || at.paper == "" {
				return
			}
			if ratio := contrast(at.colour, at.paper); ratio < enough {
				p.flaw(at.colourRaw,
					fmt.Sprintf("text in %s on %s has a contrast of %.2f in %s mode: it needs %.1f",
						at.colour, at.paper, math.Floor(ratio*100)/100, mode, enough), "make one of them darker, the other paler")
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, at)
		}
	}
	walk(p.root, painted{"#000000", "", "#ffffff"})
}

// hidden says whether an element's own style keeps it out of sight.
func hidden(n *html.Node) bool {
	return slices.ContainsFunc(declarations(attribute(n, "style")), func(d declaration) bool {
		return d.property == "display" && d.value == "none"
	})
}

// paint is how an element is painted that stands in one that is painted so.
func (p *page) paint(n *html.Node, at painted, mode string) painted {
	var plain, important []weighed
	for _, r := range p.rules {
		within := strings.ReplaceAll(r.within, " ", "")
		if within != "" && (mode != "dark" || !strings.Contains(within, dark)) {
			continue
		}
		weight, matched := 0, false
		for _, s := range split(r.selector, ',') {
			if matches(n, s) {
				weight, matched = max(weight, specificity(s)), true
			}
		}
		if !matched {
			continue
		}
		for _, d := range r.declarations {
			if d.important {
				important = append(important, weighed{d, weight})
			} else {
				plain = append(plain, weighed{d, weight})
			}
		}
	}
	if n.Data == "a" && attribute(n, "href") != "" {
		at.colour, at.colourRaw = "#0000ee", ""
	}
	if c, ok := colourIn(attribute(n, "bgcolor")); ok {
		at.paper = c
	}
	for _, d := range slices.Concat(ordered(plain), declarations(attribute(n, "style")), ordered(important)) {
		c, known := colourIn(d.value)
		switch {
		case d.value == "inherit" || d.value == "transparent" || d.value == "none":
		case d.property == "color":
			at.colour, at.colourRaw = c, d.raw
		case d.property == "background-color" || d.property == "background" && (known || !strings.Contains(d.value, "none")):
			at.paper = c
		}
	}
	return at
}

// weighed is a declaration with the specificity of the selector that it came by.
type weighed struct {
	declaration
	weight int
}

// ordered gives declarations so that the one that counts comes last: of the most specific
// selector, among equals the later one (CSS Cascading 4, 6.1).
func ordered(all []weighed) (sorted []declaration) {
	slices.SortStableFunc(all, func(a, b weighed) int { return cmp.Compare(a.weight, b.weight) })
	for _, w := range all {
		sorted = append(sorted, w.declaration)
	}
	return sorted
}

// specificity is how specific a selector of elements and classes is: one class is more than
// any number of elements.
func specificity(selector string) (weight int) {
	for _, part := range strings.Fields(selector) {
		weight += 1000 * strings.Count(part, ".")
		if part[0] != '.' {
			weight++
		}
	}
	return weight
}

// matches says whether a selector of elements and classes, such as ".b a", is that of
// an element. Others, such as "a:hover", are that of none.
func matches(n *html.Node, selector string) bool {
	parts := strings.Fields(selector)
	if len(parts) == 0 || strings.ContainsAny(selector, ":[]>+~#*") {
		return false
	}
	last := len(parts) - 1
	if !compound(n, parts[last]) {
		return false
	}
	for last--; last >= 0; last-- {
		for n = n.Parent; n != nil && !compound(n, parts[last]); n = n.Parent {
		}
		if n == nil {
			return false
		}
	}
	return true
}

// compound says whether an element is of a kind and has classes, as in "td.a".
func compound(n *html.Node, s string) bool {
	kind, classes, some := strings.Cut(s, ".")
	if n.Type != html.ElementNode || kind != "" && n.Data != kind {
		return false
	}
	has := strings.Fields(attribute(n, "class"))
	for _, class := range strings.Split(classes, ".") {
		if some && !slices.Contains(has, class) {
			return false
		}
	}
	return true
}
