package render

import (
	"strings"
	"testing"

	"vesper/digest/whole"
)

// TestTheBodyHasNoClass: Roundcube puts a class of its own in the place of the body's,
// and no rule of ours matches any more. A dark Evolution takes the body's rule into a
// reply, whose text is black.
func TestTheBodyHasNoClass(t *testing.T) {
	whole.NotRaced(t)
	specimens, err := Specimens(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range specimens {
		if !strings.HasPrefix(s.Template, "email/") || !strings.HasSuffix(s.Name, ".html") {
			continue
		}
		if !strings.Contains(s.Content, "<body style=") || strings.Contains(s.Content, "body{") {
			t.Errorf("%s: the body has a class or a rule", s.Name)
		}
		for _, want := range []string{
			`<table role="presentation" class="bg"`, "dark){html,.bg{background-color:#15171c!important}",
		} {
			if !strings.Contains(s.Content, want) {
				t.Errorf("%s: it lacks %s", s.Name, want)
			}
		}
	}
}

// TestTheTextBeginsWithNews: Geary and previews by IMAP show the first lines of the text
// part, and nothing else.
func TestTheTextBeginsWithNews(t *testing.T) {
	all := many(t, 5)
	for n, want := range map[int]string{
		1: line(all[0].Summary) + "\n\nHarbour Courier Evening Edition\n",
		2: "Plus: " + line(all[1].Headline), 5: "Plus: " + line(all[1].Headline),
	} {
		text, err := renderer(t).Text(edition(t, all[:n]...), ines(t))
		if err != nil || !strings.HasPrefix(text, want) {
			t.Errorf("%d articles: got %.120q (%v), want %q", n, text, err, want)
		}
		if got := strings.Count(text, line(all[0].Summary)); got != 1 {
			t.Errorf("%d articles: the lead's summary stands there %d times", n, got)
		}
	}
}

// TestAHeadlineIsNoLinkWhereDeepLookIs: KMail draws a linked headline in its own blue.
func TestAHeadlineIsNoLinkWhereDeepLookIs(t *testing.T) {
	page, err := renderer(t).HTML(edition(t, many(t, 12)...), ines(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, h2 := range strings.Split(page, "<h2")[1:] {
		if h2, _, _ = strings.Cut(h2, "</h2>"); strings.Contains(h2, "<a ") {
			t.Errorf("a link: %s", h2)
		}
	}
	if got := strings.Count(page, ">Deep Look</a>"); got != 6 {
		t.Errorf("%d Deep Looks, want 6", got)
	}
}
