package bounce

import "vesper/subscribers"

// Judge says why a server refused one reader in a dialogue of our own, and by which rule:
// by its reply code, the enhanced status ("" if it gave none) and its words. AtData is a
// refusal after the text was sent; any other was the reply to RCPT.
func Judge(code int, status, text string, atData bool) (cause subscribers.Cause, rule string) {
	return judged(Recipient{Reply: code, Status: status, Diagnostic: text, AtData: atData, atRcpt: !atData})
}

// JudgeTold is [Judge] for what somebody else says that a server replied: a provider. At
// which command is not known but by the words.
func JudgeTold(code int, status, text string) (cause subscribers.Cause, rule string) {
	return judged(Recipient{Reply: code, Status: status, Diagnostic: text, AtData: refusedAt(text, atData)})
}

func judged(r Recipient) (subscribers.Cause, string) {
	r.Diagnostic = cut(r.Diagnostic, maxDiagnostic)
	r.Status = statusIn(r.Status)
	r.codes()
	cause, rule := causeOf(r, r.Diagnostic, "", true)
	if cause.Class() == subscribers.ClassRemove && mailToken.MatchString(r.Diagnostic) {
		return subscribers.SenderRefused, rule + ", said of our own address"
	}
	return mayPass(cause, rule, r.Diagnostic)
}
