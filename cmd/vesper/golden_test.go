package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// golden is a page as readers get it, kept by the tests of what renders it.
type golden struct {
	// name is the file's, without its ending.
	name, path, html string
	// email says that a mail program shows it, in a page of its own.
	email bool
}

var everyPage = flag.Bool("every-page", false,
	"have browsers look at every page in every view, not at a third by turns")

// somePages gives the pages that a browser looks at: without -every-page every third, so
// that each kind of page and each language is among them.
func somePages(t *testing.T) []golden {
	t.Helper()
	pages := goldens(t)
	if *everyPage {
		return pages
	}
	var some []golden
	for i := 0; i < len(pages); i += 3 {
		some = append(some, pages[i])
	}
	return some
}

// turns gives both ways to see the i-th page, without -every-page the one whose turn it is.
func turns(i int) []bool {
	if *everyPage {
		return []bool{false, true}
	}
	return []bool{i%2 == 1}
}

// goldens gives every page that is kept.
func goldens(t *testing.T) []golden {
	t.Helper()
	var pages []golden
	for _, dir := range []string{"../../digest/render/testdata", "../../subscribers/web/testdata"} {
		paths, err := filepath.Glob(filepath.Join(dir, "*.html"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			html, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			name := strings.TrimSuffix(filepath.Base(path), ".html")
			web := strings.Contains(dir, "web") || strings.HasPrefix(name, "deep-look") ||
				strings.HasPrefix(name, "web-view")
			pages = append(pages, golden{name: name, path: path, html: string(html), email: !web})
		}
	}
	if len(pages) == 0 {
		t.Fatal("no rendered page is kept: there is nothing to hold to anything")
	}
	return pages
}

// fewer gives half as many rounds under the race detector, where each costs several times
// as much.
func fewer(rounds int) int {
	if raced {
		return (rounds + 1) / 2
	}
	return rounds
}

// onceIsEnough skips a test of what is rendered or sent, which takes long and has
// nothing for the race detector to see: .ci/run has it in its plain run.
func onceIsEnough(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("the run without the race detector has this test")
	}
}
