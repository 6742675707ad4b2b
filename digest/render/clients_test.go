package render

import (
	"strings"
	"testing"
)

// TestTheBodyHasNoClass: Roundcube puts a class of its own in the place of the body's,
// and no rule of ours matches any more. A dark Evolution takes the body's rule into a
// reply, whose text is black.
func TestTheBodyHasNoClass(t *testing.T) {
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
