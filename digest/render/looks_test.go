package render

import (
	"regexp"
	"strings"
	"testing"

	"vesper/digest/whole"
	"vesper/templates"
)

// readyLooks are those that a publication can choose from. The first is the one without a
// setting.
var readyLooks = []string{"calm", "broadsheet"}

func inLook(t testing.TB, name string) *templates.Set {
	t.Helper()
	set, err := templates.Load(templates.Options{Look: name})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// styles are what a look may change: style elements and attributes, and the colour of the icon.
var styles = regexp.MustCompile(`(?s)<style>.*?</style>|<link rel="icon"[^>]*>| style="[^"]*"`)

// TestLooksDifferInTheirStylesAlone: of everything that readers get, each look has the same
// words, links, structure and text part. The second look is kept as an edition, one written
// from the right, a letter, and pages.
func TestLooksDifferInTheirStylesAlone(t *testing.T) {
	whole.NotRaced(t)
	calm, err := Specimens(inLook(t, "calm"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := Specimens(inLook(t, "broadsheet"))
	if err != nil {
		t.Fatal(err)
	}
	if len(calm) == 0 || len(calm) != len(other) {
		t.Fatalf("got %d and %d specimens", len(calm), len(other))
	}
	kept := map[string]string{
		"edition-5.html": "edition-broadsheet.html", "edition-rtl.html": "edition-broadsheet-rtl.html",
		"web-view.html": "web-view-broadsheet.html", "deep-look.html": "deep-look-broadsheet.html",
		"confirmation.html": "confirmation-broadsheet.html",
	}
	for i, s := range other {
		html := strings.HasSuffix(s.Name, ".html")
		if s.Name != calm[i].Name || styles.ReplaceAllString(s.Content, "") != styles.ReplaceAllString(calm[i].Content, "") {
			t.Errorf("%s is not %s in another look", s.Name, calm[i].Name)
		}
		if same := s.Content == calm[i].Content; same == html {
			t.Errorf("%s: the same in both looks: %t, want %t", s.Name, same, !html)
		}
		for _, flaw := range s.Flaws() {
			t.Errorf("%s: %s", s.Name, flaw)
		}
		if name, ok := kept[s.Name]; ok {
			golden(t, name, s.Content)
			delete(kept, s.Name)
		}
	}
	for name := range kept {
		t.Errorf("there is no %s", name)
	}
}

// TestEveryLookIsWithinTheBudget: twelve articles with all their Quick Looks, and thirty
// heavy ones.
func TestEveryLookIsWithinTheBudget(t *testing.T) {
	whole.NotRaced(t)
	for _, look := range readyLooks {
		r := renderer(t)
		r.Templates = inLook(t, look)
		r.Layout = Layout{Lead: 1, Stories: 11, QuickLooks: -1}
		html, err := r.HTML(edition(t, many(t, 12)...), ines(t))
		if err != nil {
			t.Fatal(err)
		}
		if n := quoted(html); n >= 40_000 {
			t.Errorf("%s: twelve articles have %d bytes in quoted-printable, want less than 40,000", look, n)
		}
		r.Layout = Layout{Lead: 1, Stories: 29, QuickLooks: -1}
		trim, size, err := r.Trimmed(edition(t, long(t, 30)...))
		if err != nil || size > MaxHTML || trim.Briefs > 0 {
			t.Errorf("%s: of thirty heavy articles %d bytes are left, %+v (%v), want at most %d and no briefs", look, size,
				trim, err, MaxHTML)
		}
		t.Logf("%s: twelve articles %d bytes, thirty heavy ones %d, %+v", look, quoted(html), size, trim)
	}
}
