package storetest

import (
	"strings"
	"testing"
)

// A promise is run by its name, so that two of one name could not be told apart.
func TestEveryPromiseHasANameOfItsOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, suite := range suites() {
		for name, test := range suite {
			if seen[name] || test == nil || !strings.HasPrefix(name, "Test") {
				t.Errorf("%q stands twice, is nothing, or is no test", name)
			}
			seen[name] = true
		}
	}
	if len(seen) == 0 {
		t.Error("there are no promises")
	}
	for _, name := range SideBySide {
		if !seen[name] {
			t.Errorf("%s is no promise", name)
		}
	}
}
