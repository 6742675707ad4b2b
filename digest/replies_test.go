package digest

import "testing"

// TestOnlyAMailboxThatIsReadTakesReplies: a publication says so by naming it.
func TestOnlyAMailboxThatIsReadTakesReplies(t *testing.T) {
	for replyTo, want := range map[string]bool{
		"":                                   false,
		"Desk <desk@courier.example>":        true,
		"replies@courier.example":            true,
		"noreply@courier.example":            false,
		"Courier <No-Reply@courier.example>": false,
		"do_not.reply+x@courier.example":     false,
		"nepasrepondre@courier.example":      false,
		"nicht-antworten@courier.example":    false,
		"desk@noreply.example":               true,
		"bounces@courier.example":            false,
		"not an address":                     false,
	} {
		p := Publication{From: "evening@courier.example", ReplyTo: replyTo}
		if got := p.TakesReplies(); got != want {
			t.Errorf("%q: got %t", replyTo, got)
		}
	}
}
