package bounce

import (
	"strings"
	"testing"

	"vesper/subscribers"
)

func TestAReplyIsJudgedByWhatIsKnownOfIt(t *testing.T) {
	for _, c := range []struct {
		code           int
		status, text   string
		atData, byTold bool
		want           subscribers.Cause
	}{
		{550, "5.1.1", "550 5.1.1 <reader@news.example>: User unknown", false, false, subscribers.UserUnknown},
		{550, "5.1.1", "550 5.1.1 <reader@news.example>: User unknown", false, true, subscribers.UserUnknown},
		{550, "", "550 user unknown", false, false, subscribers.UserUnknown},
		{550, "", "550 user unknown", true, false, subscribers.Filtered},
		// Who tells of it may have it from a filter that speaks after the text.
		{550, "", "550 user unknown", false, true, subscribers.Filtered},
		{552, "5.2.2", "552 5.2.2 mailbox full", false, false, subscribers.MailboxFull},
		{0, "", "smtp; 552 5.2.2 The account that you tried to reach is over quota", false, true, subscribers.MailboxFull},
		{550, "5.7.1", "550 5.7.1 this message is likely unsolicited mail", true, false, subscribers.Spam},
		{
			550, "5.7.26", "550-5.7.26 This mail has been blocked because the sender is unauthenticated.",
			true, false, subscribers.Authentication,
		},
		{550, "5.1.1", "550 5.1.1 <later@sender.example>: no such user", false, false, subscribers.UserUnknown},
		{550, "5.1.1", "550 5.1.1 no such user right now, try again later", false, false, subscribers.System},
		{550, "5.1.1", "550 5.1.1 the sender is an unknown user", false, false, subscribers.SenderRefused},
		{0, "", "", false, true, subscribers.NotSaid},
		{550, "not a status", "", false, false, subscribers.NotSaid},
	} {
		judge := func() (subscribers.Cause, string) { return Judge(c.code, c.status, c.text, c.atData) }
		if c.byTold {
			judge = func() (subscribers.Cause, string) { return JudgeTold(c.code, c.status, c.text) }
		}
		if got, rule := judge(); got != c.want || rule == "" {
			t.Errorf("%d %q %q, after the text %v, told %v: got %q by %q, want %q", c.code, c.status, c.text, c.atData,
				c.byTold, got, rule, c.want)
		}
	}
}

func TestALongReplyIsCut(t *testing.T) {
	got, _ := Judge(550, "", strings.Repeat("x ", 1<<20)+"user unknown", false)
	if got != subscribers.NotSaid {
		t.Errorf("got %q", got)
	}
}
