package render

import (
	"flag"
	"os"
	"testing"
)

// TestMain has what is drawn at random drawn 20 times; .ci/long has it drawn more often.
func TestMain(m *testing.M) {
	flag.Set("rapid.checks", "20")
	os.Exit(m.Run())
}
