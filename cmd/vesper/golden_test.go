package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vesper/digest/whole"
)

// golden is a page as readers get it, kept by the tests of what renders it.
type golden struct {
	// name is the file's, without its ending.
	name, path, html string
	// email says that a mail program shows it, in a page of its own.
	email bool
}

// examples are the pages that a browser looks at in any case: one for each template that
// is not like another, each language, and both directions.
var examples = []string{
	"edition-5", "edition-rtl", "confirmation-de", "web-view-fr", "deep-look-es", "welcome-pt", "goodbye-it",
	"archive-rtl", "preferences", "signup-wrong", "unsubscribe", "kept-rtl", "edition-broadsheet",
}

// somePages gives the pages that a browser looks at: with -whole all of them.
func somePages(t *testing.T) []golden {
	t.Helper()
	var first, rest []golden
	for _, p := range goldens(t) {
		if slices.Contains(examples, p.name) {
			first = append(first, p)
		} else {
			rest = append(rest, p)
		}
	}
	if len(first) != len(examples) {
		t.Fatalf("%d of the %d examples are there", len(first), len(examples))
	}
	return whole.First(t, len(first), append(first, rest...))
}

// turns gives both ways to see the i-th page, without -whole the one whose turn it is.
func turns(i int) []bool {
	if whole.Asked() {
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
