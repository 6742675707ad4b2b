package main

import (
	"fmt"
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

// axeRun has axe look at the page by all its rules. A headline is no running text: axe takes it
// for that where it is shorter than the section before it. Of what passes one element is enough, and
// no element needs a selector: to find them takes long.
const axeRun = `axe.run(document, {
		rules: Object.fromEntries(axe.getRules().map(r => [r.ruleId, {enabled: true}])),
		resultTypes: ['violations', 'incomplete'], selectors: false, elementRef: true,
	}).then(found => {
		for (const f of found.violations.filter(f => f.id === 'link-in-text-block'))
			f.nodes = f.nodes.filter(n => !n.element.closest('h1,h2,h3'))
		const told = all => all.map(f => ({ID: f.id, Help: f.help,
			Nodes: f.nodes.map(n => ({HTML: n.html, FailureSummary: n.failureSummary}))}))
		return {Violations: told(found.violations), Incomplete: told(found.incomplete), Passes: told(found.passes)}
	})`

// audit has axe look at the page that is open, and fails for what it finds.
func (b *browser) audit(t *testing.T, p golden, v view) {
	t.Helper()
	for _, wrong := range b.audited(t, p) {
		t.Errorf("%+v: %s", v, wrong)
	}
}

// audited says what axe finds on the page that is open.
func (b *browser) audited(t *testing.T, p golden) (wrong []string) {
	t.Helper()
	found := ask(t, b, chromedp.Evaluate[struct{ Violations, Incomplete, Passes []finding }](axeRun,
		chromedp.EvalAwaitPromise))
	for _, f := range found.Violations {
		if p.email && slices.Contains(supplied, f.ID) {
			continue
		}
		for _, n := range f.Nodes {
			wrong = append(wrong, fmt.Sprintf("%s (%s): %s\n%s", f.ID, f.Help, n.HTML, n.FailureSummary))
		}
	}
	contrast := func(f finding) bool { return f.ID == "color-contrast" }
	// Arabic letters join, which axe takes for the ligatures of an icon font, and
	// leaves alone. The colours are those of the page that is written from the left.
	if !slices.ContainsFunc(found.Passes, contrast) && !strings.HasSuffix(p.name, "-rtl") {
		wrong = append(wrong, "axe did not compute the contrast of anything")
	}
	if i := slices.IndexFunc(found.Incomplete, contrast); i >= 0 {
		for _, n := range found.Incomplete[i].Nodes {
			wrong = append(wrong, fmt.Sprintf("axe did not compute the contrast: %s\n%s", n.HTML, n.FailureSummary))
		}
	}
	return wrong
}

// TestWhatAxeFindsIsSaid keeps the test above from going blind.
func TestWhatAxeFindsIsSaid(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(axePath)
	if err != nil {
		t.Skip(`axe-core is not installed: "npm ci --prefix .ci" brings it`)
	}
	const begins = `<!DOCTYPE html><html lang="en"><title>Test</title><style>a{color:#222;text-decoration:none}</style>` +
		`<body style="background-color:#fff;color:#000"><main><h1>Test</h1>`
	long := strings.Repeat("The ferry sails again. ", 20)
	cases := []struct{ name, html, want string }{
		{"right", `<p>Text</p>`, ""},
		{"faint", `<p style="color:#aaa">Text</p><p>Text</p>`, `color-contrast (`},
		{"picture", `<p>Text<img src="data:,"></p>`, `image-alt (`},
		{"over", `<p style="background-image:linear-gradient(red,blue)">Text</p><p>Text</p>`, "not compute the contrast: <p"},
		{"none", ``, ""},
		{"link", `<p>` + long + `<a href="/a">Boats</a> sail.</p>`, `link-in-text-block (`},
		{"headline", `<h2>Today <a href="/a">Boats</a> sail</h2><p>` + long + `</p>`, ""},
	}
	var pages []golden
	for _, c := range cases {
		pages = append(pages, golden{name: c.name, html: begins + c.html})
	}
	b := startBrowser(t, pages)
	for i, c := range cases {
		b.open(t, pages[i], view{width: 375})
		ask(t, b, chromedp.Evaluate[int](string(axe)+";0"))
		got := strings.Join(b.audited(t, pages[i]), "\n")
		if (got != "") != (c.want != "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
