package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const axePath = "../../.ci/node_modules/axe-core/axe.min.js"

// finding is what axe has to say by one of its rules.
type finding struct {
	ID, Help string
	Nodes    []struct{ HTML, FailureSummary string }
}

// supplied are rules about the page around an email, which is the mail program's.
var supplied = []string{"landmark-one-main", "region"}

// TestPagesAreAccessible holds pages to every rule of axe, by day and by night.
func TestPagesAreAccessible(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(axePath)
	if err != nil {
		t.Skip(`axe-core is not installed: "npm ci --prefix .ci" brings it`)
	}
	b := startBrowser(t, somePages(t))
	for i, p := range b.pages {
		t.Run(p.name, func(t *testing.T) {
			nights := turns(i)
			if worded(p) {
				nights = []bool{false}
			}
			for _, dark := range nights {
				v := view{width: 375, dark: dark}
				if b.open(t, p, v) {
					ask(t, b, chromedp.Evaluate[int](string(axe)+";0"))
				}
				b.audit(t, p, v)
			}
		})
	}
}

// audit has axe look at the page that is open.
func (b *browser) audit(t *testing.T, p golden, v view) {
	t.Helper()
	// A headline is no running text. Axe takes it for that where it is shorter than the
	// section before it.
	const run = `axe.run(document, {rules: Object.fromEntries(axe.getRules().map(r => [r.ruleId, {enabled: true}]))})
		.then(found => {
			for (const f of found.violations.filter(f => f.id === 'link-in-text-block'))
				f.nodes = f.nodes.filter(n => !document.querySelector(n.target[0])?.closest('h1,h2,h3'))
			return found
		})`
	found := ask(t, b, chromedp.Evaluate[struct{ Violations, Incomplete, Passes []finding }](run,
		chromedp.EvalAwaitPromise))
	for _, f := range found.Violations {
		if p.email && slices.Contains(supplied, f.ID) {
			continue
		}
		for _, n := range f.Nodes {
			t.Errorf("%+v: %s (%s): %s\n%s", v, f.ID, f.Help, n.HTML, n.FailureSummary)
		}
	}
	contrast := func(f finding) bool { return f.ID == "color-contrast" }
	// Arabic letters join, which axe takes for the ligatures of an icon font, and
	// leaves alone. The colours are those of the page that is written from the left.
	if !slices.ContainsFunc(found.Passes, contrast) && !strings.HasSuffix(p.name, "-rtl") {
		t.Errorf("%+v: axe did not compute the contrast of anything", v)
	}
	if i := slices.IndexFunc(found.Incomplete, contrast); i >= 0 {
		for _, n := range found.Incomplete[i].Nodes {
			t.Errorf("%+v: axe did not compute the contrast: %s\n%s", v, n.HTML, n.FailureSummary)
		}
	}
}
