package lint

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// weighedRule is a rule whose selectors are read, each with how specific it is.
type weighedRule struct {
	rule
	selectors []selector
}

// selector is one of elements and classes, such as ".b a", from the outermost on.
type selector struct {
	parts  []compound
	weight int
}

// compound is the part of a selector that is about one element, as in "td.a".
type compound struct {
	kind    string
	classes []string
}

// weigh reads the selectors of a rule that are of elements and classes. Others, such as
// "a:hover", are those of no element here.
func weigh(r rule) weighedRule {
	r.within = strings.ReplaceAll(r.within, " ", "")
	w := weighedRule{rule: r}
	for _, s := range split(r.selector, ',') {
		s = strings.ReplaceAll(strings.TrimSpace(s), ":root", "html.")
		if s == "" || strings.ContainsAny(s, ":[]>+~#*") {
			continue
		}
		var is selector
		for _, part := range strings.Fields(s) {
			classes := strings.Split(part, ".")
			is.parts = append(is.parts, compound{classes[0], classes[1:]})
			is.weight += 1000 * len(classes[1:])
			if classes[0] != "" {
				is.weight++
			}
		}
		w.selectors = append(w.selectors, is)
	}
	return w
}

// cascade gives the declarations about an element so that the one that counts comes last:
// of the most specific selector, among equals the later one (CSS Cascading 4, 6.1).
func cascade(n *html.Node, rules []weighedRule) []declaration {
	type weighed struct {
		declaration
		weight int
	}
	var plain, important []weighed
	classes := strings.Fields(attribute(n, "class"))
	for _, r := range rules {
		weight := 0
		for _, s := range r.selectors {
			if s.weight > weight && s.matches(n, classes) {
				weight = s.weight
			}
		}
		if weight == 0 {
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
	var all []declaration
	take := func(some []weighed) {
		slices.SortStableFunc(some, func(a, b weighed) int { return cmp.Compare(a.weight, b.weight) })
		for _, w := range some {
			all = append(all, w.declaration)
		}
	}
	take(plain)
	all = append(all, declarations(attribute(n, "style"))...)
	take(important)
	return all
}

// matches says whether a selector is that of an element, which has these classes.
func (s selector) matches(n *html.Node, classes []string) bool {
	last := len(s.parts) - 1
	if !s.parts[last].matches(n, classes) {
		return false
	}
	for last--; last >= 0; last-- {
		for n = n.Parent; n != nil && !s.parts[last].matches(n, strings.Fields(attribute(n, "class"))); n = n.Parent {
		}
		if n == nil {
			return false
		}
	}
	return true
}

func (c compound) matches(n *html.Node, classes []string) bool {
	if n.Type != html.ElementNode || c.kind != "" && n.Data != c.kind {
		return false
	}
	for _, class := range c.classes {
		// An empty one is the weight of a pseudo-class.
		if class != "" && !slices.Contains(classes, class) {
			return false
		}
	}
	return true
}
