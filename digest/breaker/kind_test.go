package breaker_test

import (
	"testing"

	"vesper/digest"
	"vesper/digest/breaker"
)

// TestEachRefusalHasAKind has words of real servers.
func TestEachRefusalHasAKind(t *testing.T) {
	for _, c := range []struct {
		code     int
		enhanced string
		text     string
		want     digest.Suspect
	}{
		// The enhanced code decides, whatever the words say.
		{550, "5.1.1", "<x>: Recipient address rejected: User unknown in local recipient table", digest.OfAddress},
		{550, "5.1.10", "RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", digest.OfAddress},
		{552, "5.2.2", "The email account that you tried to reach is over quota", digest.OfAddress},
		{550, "5.2.1", "The email account that you tried to reach is disabled", digest.OfAddress},
		{501, "5.5.0", "Invalid recipient", digest.OfAddress},
		{550, "5.4.1", "Recipient address rejected: Access denied", digest.OfAddress},
		{554, "5.7.1", "<x>: Relay access denied", digest.OfOurs},
		{550, "5.7.1", "Unable to relay", digest.OfOurs},
		{550, "5.7.26", "Unauthenticated email is not accepted due to domain's DMARC policy", digest.OfOurs},
		{550, "5.4.5", "Daily user sending limit exceeded", digest.OfOurs},
		{553, "5.1.8", "<x>: Sender address rejected: Domain not found", digest.OfOurs},
		{553, "5.1.7", "<x>: Sender address rejected: not logged in", digest.OfOurs},
		// Without one, the words do.
		{550, "", "relay not permitted", digest.OfOurs},                                          // Exim
		{513, "", "Relaying denied.", digest.OfOurs},                                             // Courier
		{553, "", "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", "ours"},   // qmail
		{550, "", "authentication required", digest.OfOurs},                                      // Exim
		{504, "", "<x>: Helo command rejected: need fully-qualified hostname", digest.OfOurs},    // Postfix
		{550, "", "Administrative prohibition", digest.OfOurs},                                   // Exim
		{550, "", "Sender verify failed", digest.OfOurs},                                         // Exim
		{554, "", "Message rejected: Email address is not verified.", digest.OfOurs},             // Amazon SES
		{554, "", "Daily message quota exceeded", digest.OfOurs},                                 // Amazon SES
		{550, "", "Domain x has exceeded the max emails per hour (100/100)", digest.OfOurs},      // cPanel
		{550, "", "JunkMail rejected - listed at zen.spamhaus.org", digest.OfOurs},               // Exim
		{550, "", "Client host blocked using Barracuda Reputation", digest.OfOurs},               //
		{550, "", "Unrouteable address", digest.OfAddress},                                       // Exim
		{550, "", "User unknown.", digest.OfAddress},                                             // Courier
		{550, "", "Requested action not taken: mailbox unavailable", digest.OfAddress},           // 1&1
		{552, "", "Mailbox quota exceeded", digest.OfAddress},                                    //
		{550, "", "sorry, no mailbox here by that name", digest.OfAddress},                       // qmail
		{554, "", "delivery error: dd This user doesn't have a yahoo account", digest.OfAddress}, // Yahoo
		{550, "5.0.0", "relaying denied", digest.OfOurs},
		{550, "", "no", digest.OfAddress},
	} {
		got := breaker.KindOf(digest.Outcome{
			Class: digest.Permanent, Code: c.code, Enhanced: c.enhanced, Reply: c.text,
		})
		if got != c.want {
			t.Errorf("%d %s %q is of %q, want %q", c.code, c.enhanced, c.text, got, c.want)
		}
	}
	for _, c := range []struct {
		enhanced, text string
		want           digest.Suspect
	}{
		{"5.7.1", "taken for spam", digest.OfMessage},
		{"5.6.0", "bad content", digest.OfMessage},
		{"", "no", digest.OfMessage},
		{"5.4.5", "daily limit", digest.OfOurs},
		{"", "Daily quota exceeded", digest.OfOurs},
		{"5.2.2", "over quota", digest.OfAddress},
	} {
		got := breaker.KindOf(digest.Outcome{Class: digest.Refused, Code: 554, Enhanced: c.enhanced, Reply: c.text})
		if got != c.want {
			t.Errorf("after the dot %s %q is of %q, want %q", c.enhanced, c.text, got, c.want)
		}
	}
}
