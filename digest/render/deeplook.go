package render

import (
	"bytes"
	"fmt"

	"vesper/digest"
	"vesper/templates"
)

// article is the page of one article: all of it.
type article struct {
	templates.Chrome
	Words           words
	Edition         string
	ArticleLanguage string
	Facts, Headline string
	Summary         string
	QuickLooks      []string
	DeepLook        []digest.Block
	Minutes         string
}

// DeepLook renders the page of an article that the edition e prints.
func (r Renderer) DeepLook(e digest.Edition, a digest.Article) ([]byte, error) {
	if err := r.check(e); err != nil {
		return nil, fmt.Errorf("render article %s: %w", a.ID, err)
	}
	t, err := templates.HTML("web/article.html", "web/page.html")
	if err != nil {
		return nil, err
	}
	w := english()
	page := article{
		Chrome: templates.Chrome{
			Title: line(a.Headline) + " · " + r.name(e), Language: r.language(),
			Publication: line(r.Publication.Name), URL: webURL(r.Publication.URL), Folio: line(e.Title),
			PostalAddress: line(r.Publication.PostalAddress),
		},
		Words: w, Edition: r.webView(e.ID), ArticleLanguage: line(a.Language),
		Facts: facts(a), Headline: line(a.Headline), Summary: line(a.Summary), QuickLooks: lines(a.QuickLooks),
	}
	for _, b := range a.DeepLook {
		if text := line(b.Text); text != "" {
			page.DeepLook = append(page.DeepLook, digest.Block{Heading: b.Heading, Text: text})
		}
	}
	if n := deepWords(a.DeepLook); n > 0 {
		page.Minutes = w.minutes(deepMinutes(n))
	}
	var out bytes.Buffer
	if err := t.Execute(&out, page); err != nil {
		return nil, fmt.Errorf("render article %s: %w", a.ID, err)
	}
	return out.Bytes(), nil
}
