package breaker

import (
	"strings"

	"vesper/digest"
)

// KindOf says of what a row is suspect that was refused for good: its address, us or
// the message. At DATA and after the dot what is no address and no quota is of the
// message.
func KindOf(o digest.Outcome) digest.Suspect {
	kind := kindOf(o)
	if kind == digest.OfOurs && !atRecipient(o) && !ofQuota(o) {
		return digest.OfMessage
	}
	return kind
}

// Ours says whether a refusal speaks of us, whatever it answered.
func Ours(o digest.Outcome) bool { return kindOf(o) == digest.OfOurs }

// kindOf goes by the enhanced code (RFC 3463), and by the words only where there is
// none. A refusal without any word of us is of the address at RCPT, and of the message
// later.
func kindOf(o digest.Outcome) digest.Suspect {
	switch code := o.Enhanced; {
	case code == "" || code == "5.0.0":
		return kindOfWords(o)
	case any(code, "5.7.", "5.4.5", "5.1.7", "5.1.8", "5.3.2"):
		return digest.OfOurs
	case any(code, "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.", "5.5.0"):
		return digest.OfAddress
	case any(code, "5.6.", "5.3.4"):
		return digest.OfMessage
	}
	return kindOfPhase(o)
}

// any says whether an enhanced code is one of these. One that ends in a dot stands for
// all of its subject.
func any(code string, of ...string) bool {
	for _, one := range of {
		if code == one || strings.HasSuffix(one, ".") && strings.HasPrefix(code, one) {
			return true
		}
	}
	return false
}

// kindOfPhase is for refusals whose words say nothing.
func kindOfPhase(o digest.Outcome) digest.Suspect {
	if atRecipient(o) {
		return digest.OfAddress
	}
	return digest.OfMessage
}

// atRecipient says whether a refusal answers RCPT.
func atRecipient(o digest.Outcome) bool { return o.Class == digest.Permanent }

// Refuses says whether an outcome is a refusal for good that may not be the reader's:
// of the message, or of a recipient by the relay's own word. That an address needs what
// no relay offers is nobody's judgement.
func Refuses(o digest.Outcome) bool {
	return o.Class == digest.Refused || o.Class == digest.Permanent && o.Code != 0
}

// ofQuota says whether a refusal says that we have sent too much. That is never a
// reader's fault.
func ofQuota(o digest.Outcome) bool {
	return o.Enhanced == "5.4.5" || kindOf(o) == digest.OfOurs && says(o, quotaWords)
}

func kindOfWords(o digest.Outcome) digest.Suspect {
	switch {
	case says(o, relayingWords):
		return digest.OfOurs
	case says(o, mailboxWords):
		return digest.OfAddress
	case says(o, quotaWords), says(o, ourWords):
		return digest.OfOurs
	}
	return kindOfPhase(o)
}

func says(o digest.Outcome, words []string) bool {
	text := strings.ToLower(o.Reply)
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
