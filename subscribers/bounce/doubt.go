package bounce

import (
	"fmt"
	"slices"
	"strings"

	"vesper/subscribers"
)

// doubt looks once more at what would remove a reader.
func (r *reading) doubt(one *Recipient) {
	switch {
	case mailToken.MatchString(one.Address):
		one.Cause, one.Rule = subscribers.System, "it is our own return path that failed"
	case r.namesUs(*one):
		one.Cause, one.Rule = subscribers.SenderRefused, one.Rule+", said of our own address"
	case r.byReader(*one):
		one.Cause, one.Rule = subscribers.AutoReply, one.Rule+", said by the reader"
	default:
		one.Cause, one.Rule = mayPass(one.Cause, one.Rule, one.Diagnostic)
	}
}

// byReader says whether a text without a report's fields was written by whom it speaks of:
// a vacation note that gives another address, or a person who quotes a report. No server
// signs with the address that failed.
func (r *reading) byReader(one Recipient) bool {
	from := addressIn(r.field("From"))
	if from == "" || r.inFields || r.fromMailSystem() || systemIn(r.field("From")+" "+r.field("Sender")) {
		return false
	}
	return strings.EqualFold(from, one.Address) || holds(addressesIn(r.returned["to"]), from) ||
		r.returned == nil && holds(addressesIn(strings.Join(r.words, "\n")), from)
}

// mayPass says that a refusal is none of the reader's if the server's own words say that
// it may pass, whatever its codes are. Of hosts everybody writes that one may try again.
func mayPass(cause subscribers.Cause, rule, said string) (subscribers.Cause, string) {
	if cause != subscribers.UserUnknown && cause != subscribers.Moved {
		return cause, rule
	}
	if words := says("later", withoutAddresses(said)); words != "" {
		return subscribers.System, fmt.Sprintf("%s, but it may pass: %q", rule, words)
	}
	return cause, rule
}

// withoutAddresses leaves all addresses out of a text: their words mean nothing.
func withoutAddresses(text string) string {
	for _, a := range addressesIn(text) {
		text = strings.ReplaceAll(text, a, "")
	}
	return text
}

// ofSender are the statuses that speak of a sender (RFC 3463 3.2).
var ofSender = map[string]bool{"5.1.7": true, "5.1.8": true}

// namesUs says whether a server's answer names an address or a domain of ours and not the
// reader's: it asked whether our return path exists, and was told no.
func (r *reading) namesUs(one Recipient) bool {
	named := addressesIn(one.Diagnostic)
	if holds(named, one.Address) {
		return false
	}
	if slices.ContainsFunc(named, func(a string) bool { return mailToken.MatchString(a) || holds(r.ours, a) }) {
		return true
	}
	said := strings.ToLower(one.Diagnostic)
	_, domain, ok := strings.Cut(strings.ToLower(one.Address), "@")
	if len(named) > 0 || !ok || strings.Contains(said, domain) {
		return false
	}
	senders := addressesIn(r.returned["from"] + " " + r.returned["return-path"] + " " + r.field("To"))
	return slices.ContainsFunc(senders, func(a string) bool {
		_, domain, _ := strings.Cut(strings.ToLower(a), "@")
		return domain != "" && strings.Contains(said, domain)
	})
}
