package render

import (
	"os"
	"strings"
	"testing"

	"vesper/digest"
)

// TestGivenArticleIsRenderedWhole renders a real article, which the publication wrote.
// It is skipped where that does not lie beside the project.
func TestGivenArticleIsRenderedWhole(t *testing.T) {
	const path = "../../../shared/data/house-format/mexicos-sheinbaum-rejects-trumps-military-offer.txt"
	b, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("the article is not there: %v", err)
	}
	written := strings.Split(string(b), "\n")
	fields := strings.Split(written[0], ` \ `)
	a := digest.Article{ID: "given", Headline: fields[0], Dateline: fields[2], Byline: fields[3], Summary: fields[5]}
	deep := false
	for _, l := range written[1 : len(written)-1] {
		switch look, ok := strings.CutPrefix(l, "- "); {
		case l == "Deep Look":
			deep = true
		case ok && !deep:
			a.QuickLooks = append(a.QuickLooks, look)
		case deep:
			a.DeepLook = append(a.DeepLook, digest.Block{Text: l})
		}
	}
	r := renderer(t)
	r.Publication.ArticleURL, r.Layout.QuickLooks = "", -1
	envelope, err := composer(t, r, edition(t, a)).Compose(delivery(ines(t)))
	if err != nil {
		t.Fatal(err)
	}
	o := open(t, envelope.Data)
	for _, part := range []string{o.text, unset.Replace(o.html)} {
		shown := []string{a.Headline, a.Summary, "Washington DC · Mary Sidiqi", "3 min read"}
		for _, want := range append(shown, a.QuickLooks...) {
			if !strings.Contains(part, want) {
				t.Errorf("a part lacks %q", want)
			}
		}
	}
	if first := firstSentence(a.Summary, a.Language); !strings.HasSuffix(first, "to fight drug cartels.") {
		t.Errorf("got first sentence %q", first)
	}
	if got, want := slug(a.Headline), "mexicos-sheinbaum-rejects-trumps-military-offer"; got != want {
		t.Errorf("got slug %q, want %q", got, want)
	}
}

// unset takes out what sets who speaks apart from the words.
var unset = strings.NewReplacer("<small>", "", "</small><br>", " ")
