package digest

import (
	"strings"
	"testing"
)

// TestAQueryFindsHeadlinesWithAllItsWords, in any case and script; what nobody would type is
// cut.
func TestAQueryFindsHeadlinesWithAllItsWords(t *testing.T) {
	for _, c := range []struct {
		typed, headline string
		finds           bool
	}{
		{"ferry", "A Ferry for Winter", true},
		{"  WINTER \t ferry ", "A Ferry for Winter", true},
		{"ferry summer", "A Ferry for Winter", false},
		{"évreux", "ÉVREUX VOTES", true},
		{"ميناء", "الميناء يفتح", true},
		{"100%", "Up by 100 Percent", false},
		{"_", "No such thing", false},
		{"", "A Ferry for Winter", false},
		{" \xff ", "A Ferry for Winter", false},
		{strings.Repeat("é", 500), strings.Repeat("É", 100), true},
	} {
		if got := ParseQuery(c.typed).Finds(c.headline); got != c.finds {
			t.Errorf("%q in %q: %t", c.typed, c.headline, got)
		}
	}
	if n := len(ParseQuery(strings.Repeat("a ", 90))); n != mostQueryWords {
		t.Errorf("%d words", n)
	}
}
