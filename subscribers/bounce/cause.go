package bounce

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"vesper/subscribers"
)

// classify finds out why one address did not get its mail.
func (r *reading) classify(one *Recipient, near, text string) {
	one.AtData = refusedAt(one.Diagnostic, atData) || refusedAt(near, atData)
	if vague(one.Status) {
		if _, status := codesIn(near); status != "" && !vague(status) {
			one.Status = status
		}
	}
	if one.Status == "" {
		for _, s := range []string{near, text} {
			if reply, status := codesIn(s); one.Status == "" && status != "" {
				one.Reply, one.Status = reply, status
			} else if one.Reply == 0 {
				one.Reply = reply
			}
		}
	}
	switch one.Action {
	case "delivered", "relayed", "expanded":
		one.Cause, one.Rule = subscribers.Delivered, "Action: "+one.Action
		return
	}
	one.Cause, one.Rule = causeOf(*one, near, text, len(r.report.Recipients) == 1)
	if one.Cause.Class() == subscribers.ClassRemove {
		if one.Diagnostic == "" && near == "" && one.Status != "" {
			one.Diagnostic = lineWith(text, one.Status)
			if says("sender", withoutAddresses(one.Diagnostic)) != "" {
				one.Cause, one.Rule = subscribers.SenderRefused, one.Rule+", of a sender"
			}
		}
	}
	if one.Cause.Class() == subscribers.ClassRemove {
		r.doubt(one)
	}
	r.step("%s: %s, by %s", one.Address, one.Cause, one.Rule)
	if one.Behind != "" {
		r.step("%s failed, to which mail for %s went on: it only counts", one.Behind, one.Address)
	}
}

// lineWith gives the line of a text in which a status stands.
func lineWith(text, status string) string {
	for line := range strings.SplitSeq(text, "\n") {
		if _, said := codesIn(line); said == status {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// causeOf finds out why an address did not get its mail: by what the server said of it or
// what stands by its side, else by its status, and at last by the whole text. Only says
// that the text speaks of no other address. The second value says by which rule.
func causeOf(r Recipient, near, text string, only bool) (subscribers.Cause, string) {
	all := near
	if only {
		all += "\n" + text
	}
	status := meant(r.Status)
	for i, words := range []string{r.Diagnostic, near} {
		rule, ok := matched(withoutAddress(words, r.Address))
		switch {
		case !ok || i > 0 && rule.cause.Class() == subscribers.ClassWait && strings.HasPrefix(r.Status, "5.7."):
		case rule.cause == subscribers.SenderRefused && exact[status]:
			return status, "status " + r.Status
		default:
			return adjusted(rule, r, all)
		}
	}
	switch {
	case status.Class() == subscribers.ClassRemove && !r.atRcpt && refusedAt(all, beforeRcpt) && !refusedAt(all, atRcpt):
		return subscribers.SenderRefused, "status " + r.Status + ", said before RCPT"
	case status != "":
		return status, "status " + r.Status
	}
	if rule, ok := matched(withoutAddress(text, r.Address)); ok {
		cause, by := adjusted(rule, r, all)
		if r.Address == "" && !rule.certain && cause.Class() == subscribers.ClassRemove {
			return subscribers.NotSaid, by + ", of nobody"
		}
		return cause, by
	}
	if r.Action == "delayed" || strings.HasPrefix(r.Status, "4.") {
		return subscribers.TimeOver, cmp.Or(r.Status, "Action: delayed")
	}
	if refusedAt(all, beforeRcpt) && !refusedAt(all, atRcpt) {
		return subscribers.SenderRefused, "said before RCPT"
	}
	return subscribers.NotSaid, "no rule"
}

// exact are causes that a status names for what they are. Servers say "rejected" of all.
var exact = map[subscribers.Cause]bool{
	subscribers.Authentication: true, subscribers.NoReverseDNS: true, subscribers.Blocked: true,
}

// adjusted weighs what words mean against what else is known of a refusal. Servers that
// filter say "user unknown" too, where a reader shut out a sender: after the text was sent,
// and gateways that don't say when. So those words alone are not enough.
func adjusted(rule rule, r Recipient, all string) (subscribers.Cause, string) {
	said, by := rule.cause, `"`+rule.line+`"`
	if said.Class() == subscribers.ClassRemove && !r.atRcpt && refusedAt(all, beforeRcpt) && !refusedAt(all, atRcpt) {
		return subscribers.SenderRefused, by + ", said before RCPT"
	}
	switch {
	case rule.status != "" && rule.status != r.Status:
		return subscribers.SenderRefused, by + " without status " + rule.status
	case said == subscribers.HostUnknown && r.passing():
		return subscribers.Network, by + ", which may pass"
	// Who looks for a host has no text yet: a domain that stands in the text is unknown.
	case said == subscribers.HostUnknown && (r.AtData || strings.HasPrefix(r.Status, "5.7.")):
		return subscribers.SenderRefused, by + ", of what was sent"
	case said == subscribers.HostUnknown && (ofSender[r.Status] || says("sender", withoutAddresses(r.Diagnostic)) != ""):
		return subscribers.SenderRefused, by + ", of a sender"
	case said == subscribers.Protocol && r.Status == "5.1.3":
		return subscribers.UserUnknown, "status " + r.Status
	case said == subscribers.UserUnknown && r.Status == "5.1.6":
		return subscribers.Moved, "status " + r.Status
	case said == subscribers.UserUnknown && ofSender[r.Status]:
		return subscribers.SenderRefused, "status " + r.Status
	case said != subscribers.UserUnknown || rule.certain:
		return said, by
	case says("sender", withoutAddresses(r.Diagnostic)) != "":
		return subscribers.SenderRefused, by + ", of a sender"
	case strings.HasPrefix(r.Status, "5.5.") && !vague(r.Status):
		return subscribers.Protocol, by + " with status " + r.Status
	case r.passing():
		return said, by + ", which may pass"
	}
	if other, ok := matched(all); ok && (other.cause == subscribers.Suspended || other.cause == subscribers.MailboxFull) {
		return other.cause, `"` + other.line + `" beside ` + by
	}
	switch {
	case strings.HasPrefix(r.Status, "5.1.") || strings.HasPrefix(r.Status, "4.1."):
		return said, by + " and status " + r.Status
	case r.AtData:
		return subscribers.Filtered, by + ", said after the text was sent"
	case r.atRcpt || refusedAt(all, atRcpt) || r.Status != "" && namesFirst.MatchString(r.Diagnostic):
		return said, by + ", in reply to RCPT"
	case strings.HasPrefix(r.Status, "5.2."):
		return subscribers.Filtered, by + " with status " + r.Status
	case r.Reply == 0 && r.Status == "5.3.0":
		return said, by + ", by the server that has the mailbox"
	}
	return subscribers.Filtered, by + ", and nobody says when"
}

// The words by which programs say at which command a server refused.
var (
	beforeRcpt = []string{
		"in reply to mail from", "after mail from", "[mail_from]", "in reply to ehlo", "in reply to helo", "our mail from",
		"after helo", "after ehlo", "in reply to initial", "after initial connection",
	}
	atRcpt = []string{
		"in reply to rcpt to", "after rcpt to", "[rcpt_to]", ">>> rcpt", "our rcpt to", "for rcpt to", "(rcpt to)",
		"does not like recipient", "smtp:rcpt",
	}
	atData = []string{
		"in reply to end of data", "in reply to data", "after end of data", "our final data", ">>> data\n", ">>> .\n",
		"for text command", "after data", "[data]",
	}
	// A reply that begins with the address is one to RCPT.
	namesFirst = regexp.MustCompile(`(?m)^5\d\d[ :-]+(?:#?5\.\d+\.\d+ )?<[^>]*>:`)
	// A program that shows the dialogue has the answer under the command.
	rcptRefused = regexp.MustCompile(`(?i)rcpt to: ?<[^\n]*\n[^\n]{0,60}\b5\d\d[ -]`)
	mailRefused = regexp.MustCompile(`(?i)>>> mail from[^\n]*\n<<< 5\d\d`)
)

// refusedAt says whether a text has one of these words.
func refusedAt(s string, words []string) bool {
	low := strings.ToLower(s)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(low, w) }) ||
		&words[0] == &beforeRcpt[0] && mailRefused.MatchString(s) || &words[0] == &atRcpt[0] && rcptRefused.MatchString(s)
}

// withoutAddress leaves an address out of a text, so that none of its words count.
func withoutAddress(text, address string) string {
	if address == "" {
		return text
	}
	text = strings.ReplaceAll(text, address, "")
	return text
}

// meant gives what a status means where the words say nothing, "" if that is nothing, too.
// 5.1.0 is no more than "something about an address": Exchange gives it to a sender whom a
// reader blocked.
func meant(status string) subscribers.Cause {
	if cause, ok := byStatus[status]; ok {
		return cause
	}
	for prefix, cause := range bySubject {
		if strings.HasPrefix(status, prefix) && !vague(status) {
			return cause
		}
	}
	return ""
}

// bySubject is what is meant by those statuses of a subject (RFC 3463 3.4 to 3.8) that
// stand in no table.
var bySubject = map[string]subscribers.Cause{
	"5.3.": subscribers.System, "5.4.": subscribers.Network, "5.5.": subscribers.Protocol, "5.6.": subscribers.Content,
	"5.7.": subscribers.Policy, "4.7.": subscribers.Policy,
}

// byStatus is what a status means where the words say nothing (RFC 3463, RFC 7372, RFC 7505).
var byStatus = map[string]subscribers.Cause{
	"5.1.1": subscribers.UserUnknown, "5.1.3": subscribers.UserUnknown,
	"5.1.6": subscribers.Moved, "5.1.10": subscribers.UserUnknown, "5.1.2": subscribers.HostUnknown,
	"5.1.7": subscribers.SenderRefused, "5.1.8": subscribers.SenderRefused, "5.1.9": subscribers.NotCompliant,
	"5.2.0": subscribers.Filtered, "5.2.1": subscribers.Suspended, "5.2.2": subscribers.MailboxFull,
	"4.2.2": subscribers.MailboxFull, "5.2.3": subscribers.OverLimit, "5.3.4": subscribers.TooBig,
	"5.3.1": subscribers.SystemFull, "4.3.1": subscribers.SystemFull,
	"5.4.4": subscribers.HostUnknown, "4.4.4": subscribers.HostUnknown, "5.4.6": subscribers.Network,
	"4.4.6": subscribers.Network, "4.4.1": subscribers.TimeOver, "5.4.1": subscribers.TimeOver,
	"4.4.2": subscribers.TimeOver, "4.4.7": subscribers.TimeOver, "5.4.7": subscribers.TimeOver,
	"5.5.0": subscribers.Protocol, "5.6.0": subscribers.Content,
	"5.7.1": subscribers.SenderRefused, "5.7.0": subscribers.Policy, "5.7.26": subscribers.Authentication,
	"5.7.20": subscribers.Authentication, "5.7.21": subscribers.Authentication, "5.7.22": subscribers.Authentication,
	"5.7.23": subscribers.Authentication, "5.7.24": subscribers.Authentication, "5.7.25": subscribers.NoReverseDNS,
	"5.7.509": subscribers.Authentication, "5.7.515": subscribers.Authentication, "5.7.606": subscribers.Blocked,
	"5.7.9": subscribers.Policy, "2.0.0": subscribers.Delivered, "2.6.0": subscribers.Delivered,
}
