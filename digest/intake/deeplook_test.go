package intake

import (
	"strings"
	"testing"
)

func TestSubHeadingsAreToldFromParagraphs(t *testing.T) {
	for text, want := range map[string]bool{
		"A Proposal Nobody Expected":     true,
		"What Comes Next?":               true,
		"The way ahead":                  true,
		"Inflation Falls to 2%":          true,
		"The Road to 2030":               true,
		"The Other Side (and Its Price)": true,
		"“Not for Sale”":                 true,
		"Wer zahlt":                      true,
		"ماذا بعد؟":                      true,
		"次の一手":                           true,
		"“Is It Fair?”":                  true,
		"The council voted.":             false,
		"“We can talk,” she said, “but not here.”":        false,
		"“The river is ours,” he declared. “It is ours.”": false,
		"“We can talk” she said":                          false,
		"But who will pay?":                               false,
		"Never again!":                                    false,
		"These are the three:":                            false,
		"And then —":                                      false,
		"They waited …":                                   false,
		"- a line of a list":                              false,
		"市议会投了票。":                                         false,
		"परिषद ने मतदान किया।":                            false,
		"***":                       false,
		strings.Repeat("Long ", 20): false,
		"One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve 13": false,
	} {
		if got := heading(strings.TrimSpace(text)); got != want {
			t.Errorf("%q: got heading %t, want %t", text, got, want)
		}
	}
}

func TestTheLastLineIsNoSubHeading(t *testing.T) {
	a := parse(t, small+"A Line Without a Stop\nLog in to leave a comment\n")
	last := a.DeepLook[len(a.DeepLook)-1]
	if last.Heading || last.Text != "A Line Without a Stop" {
		t.Errorf("got %+v", last)
	}
}

func TestThePastedLineIsDropped(t *testing.T) {
	for _, pasted := range []string{
		"You must Register or Login to post a comment.",
		"You must be logged in to post a comment.",
		"You must be logged in to post a comment",
		"You must log in to post a comment.",
		"You must\u00a0be registered and logged in to leave a comment.",
		"Please log in here to leave a comment.",
		"Please sign in or create an account to add a reply.",
		"Log in to leave a comment",
		"You must be logged in to post a comment.\nYou must Register or Login to post a comment.\n\n",
	} {
		if a := parse(t, small+pasted); len(a.DeepLook) != 3 {
			t.Errorf("%q: still there: %q", pasted, a.DeepLook[3].Text)
		}
	}
}

func TestAParagraphThatSpeaksOfCommentsStays(t *testing.T) {
	for _, text := range []string{
		"The court ruled that you must be logged in to post a comment.",
		"Officials declined to comment.",
		"You must register to vote before March 1.",
		"He must be logged in to post a comment.",
	} {
		if a := parse(t, small+text); len(a.DeepLook) != 4 {
			t.Errorf("%q: dropped", text)
		}
	}
	pasted := "You must Register or Login to post a comment."
	if a := parse(t, small+pasted+"\nThe last paragraph."); len(a.DeepLook) != 5 {
		t.Errorf("a pasted line in the middle: got %d blocks, want 5", len(a.DeepLook))
	}
}
