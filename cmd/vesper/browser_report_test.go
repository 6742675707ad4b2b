package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// reportPages gives the kept pages and letters that operators read.
func reportPages(t *testing.T) []golden {
	t.Helper()
	paths, err := filepath.Glob("../../digest/report/testdata/*.html")
	if err != nil || len(paths) == 0 {
		t.Fatal(err, "no report is kept")
	}
	var pages []golden
	for _, path := range paths {
		html, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".html")
		pages = append(pages, golden{
			name: name, path: path, html: string(html), email: !strings.HasPrefix(name, "reports"),
		})
	}
	return pages
}

// TestOperatorsSeeTheWholeReport looks at the reports on a phone and on a desk, by day and by
// night and on paper, and at the letters as mail programs show them that drop the styles.
// Nothing is fetched.
func TestOperatorsSeeTheWholeReport(t *testing.T) {
	t.Parallel()
	b := startBrowser(t, reportPages(t))
	for _, p := range b.pages {
		t.Run(p.name, func(t *testing.T) {
			for _, width := range []int{280, 375, 700, 1100} {
				b.see(t, p, view{width: width})
				b.see(t, p, view{width: width, dark: true})
			}
			// Paper is white by night too.
			b.see(t, p, view{width: 720, print: true})
			if p.email {
				b.see(t, p, view{width: 280, bare: true})
			}
			if strings.Contains(p.html, "<script") || strings.Contains(p.html, "http:") && !p.email {
				t.Error("it has a script, or an address")
			}
		})
	}
}

// TestReportsAreAccessible holds them to every rule of axe, by day and by night.
func TestReportsAreAccessible(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(axePath)
	if err != nil {
		t.Skip(`axe-core is not installed: "npm ci --prefix .ci" brings it`)
	}
	b := startBrowser(t, reportPages(t))
	for _, p := range b.pages {
		for _, v := range []view{{width: 375}, {width: 1100, dark: true}} {
			if b.open(t, p, v) {
				ask(t, b, chromedp.Evaluate[int](string(axe)+";0"))
			}
			b.audit(t, p, v)
		}
	}
}
