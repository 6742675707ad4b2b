package intake_test

import (
	"testing"

	"vesper/digest/intake"
)

func TestSeveralSpacesBetweenWordsAreSaid(t *testing.T) {
	text := "A headline | |  | | | It is calm.\r\nQuick Looks\n- One.  Two.\n-   Three.\n" +
		"\tfour five  \nsix \u00a0seven  eight\n"
	flaws := intake.Spaces("story.txt", []byte(text))
	if len(flaws) != 2 || flaws[0].Line != 3 || flaws[1].Line != 6 || flaws[0].File != "story.txt" {
		t.Errorf("got %v", flaws)
	}
}
