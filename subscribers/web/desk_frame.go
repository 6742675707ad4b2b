package web

import (
	"html"
	"strconv"
	"strings"
)

// framePolicy is that of the edition within a desk page: it may look as it does in mail, and
// nothing else. No script runs, no form is sent, and a link leads nowhere but within the frame,
// where the page around it stops it.
const framePolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; " +
	"base-uri 'none'; frame-ancestors 'self'"

// frames paint an edition as mail programs show it: by day, by night, and without its looks.
var frames = map[string]func(page, text string) string{
	"designed": func(page, _ string) string { return lit(page, "not all", "light") },
	"dark":     func(page, _ string) string { return lit(page, "all", "dark") },
	"plain":    func(_, text string) string { return asPage(text) },
}

// lit has a page be as by day, or by night, whatever the browser prefers.
func lit(page, media, scheme string) string {
	return strings.NewReplacer(
		"@media (prefers-color-scheme:dark)", "@media "+media,
		"@media (prefers-color-scheme: dark)", "@media "+media,
		`<meta name="color-scheme" content="light dark">`, `<meta name="color-scheme" content="`+scheme+`">`,
		":root{color-scheme:light dark}", ":root{color-scheme:"+scheme+"}",
	).Replace(page)
}

// asPage shows text as it is.
func asPage(text string) string {
	return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Plain</title>` +
		`<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">` +
		`<style>pre{margin:12px;font:15px/22px ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}</style>` +
		`</head><body><pre dir="auto">` + html.EscapeString(text) + "</pre></body></html>"
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}
