// Package templates is the words and looks of all that a reader sees: the
// edition as HTML and as text, and the web pages. It holds the templates and
// the design tokens they are set in. It knows nothing of articles or readers:
// whoever fills a template brings the values.
package templates

import (
	"embed"
	"fmt"
	html "html/template"
	"path"
	text "text/template"
)

//go:embed email/* web/*
var files embed.FS

// Chrome is what every web page shows round its own content: the masthead and
// the line at the foot. The pages' own structs embed it.
type Chrome struct {
	// Title is the page's, shown by the browser.
	Title string
	// Language is a BCP 47 tag.
	Language string
	// Publication is the wordmark, URL where it leads (empty: nowhere) and Folio
	// the edition's title under the rule.
	Publication, URL, Folio string
	PostalAddress           string
	// Private marks a page whose address is a reader's key: search engines are
	// to leave it alone, and links from it must not tell it on.
	Private bool
}

// Source gives the source of a template, such as "email/edition.html", with the
// design's tokens in place.
func Source(name string) (string, error) {
	b, err := files.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("template %s: %w", name, err)
	}
	s, err := expand(string(b))
	if err != nil {
		return "", fmt.Errorf("template %s: %w", name, err)
	}
	return s, nil
}

// HTML parses templates into one set and gives the first of them, ready to be
// executed.
func HTML(names ...string) (*html.Template, error) {
	set := html.New(path.Base(names[0])).Option("missingkey=error").Funcs(html.FuncMap{"outlook": outlook})
	for _, name := range names {
		source, err := Source(name)
		if err != nil {
			return nil, err
		}
		t := set
		if name != names[0] {
			t = set.New(path.Base(name))
		}
		if _, err := t.Parse(source); err != nil {
			return nil, fmt.Errorf("template %s: %w", name, err)
		}
	}
	return set, nil
}

// Text parses a template of plain text.
func Text(name string) (*text.Template, error) {
	source, err := Source(name)
	if err != nil {
		return nil, err
	}
	t, err := text.New(path.Base(name)).Option("missingkey=error").Parse(source)
	if err != nil {
		return nil, fmt.Errorf("template %s: %w", name, err)
	}
	return t, nil
}

// outlook wraps markup in a comment that only Outlook on Windows reads. It has to
// come from a function, since html/template deletes the comments of a template.
// It is only for markup that stands in the template itself.
func outlook(markup string) html.HTML {
	return html.HTML("<!--[if mso]>" + markup + "<![endif]-->")
}
